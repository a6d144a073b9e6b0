// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <utility>

#include "lane.hpp"
#include "simt/control.hpp"

namespace simt {

/// Lanes that can run, handed out in the order under test.
///
/// A ring in static storage (a lane is queued at most once): no heap traffic while a kernel runs.
class ReadyQueue {
 public:
  void set_order(Order order, std::uint64_t seed) {
    order_ = order;
    random_ = seed;
  }
  Order order() const { return order_; }
  bool one_in_four() { return (next_random() & 3) == 0; }

  void clear() { head_ = tail_ = 0; }
  void push(Lane* lane) {
    lane->state = Lane::State::ready;
    at(tail_++) = lane;
  }
  /// The next lane, or null.
  Lane* pop() {
    if (head_ == tail_) return nullptr;
    if (order_ == Order::ascending) return at(head_++);
    if (order_ == Order::random) {
      std::swap(at(head_ + static_cast<unsigned>(next_random() % (tail_ - head_))), at(tail_ - 1));
    }
    return at(--tail_);
  }

 private:
  /// splitmix64. A generator of the standard library would be a template that the program under
  /// test may share: linked from there, TSan watches it, and what lanes draw looks like a race.
  std::uint64_t next_random() {
    std::uint64_t x = random_ += 0x9e3779b97f4a7c15;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
    x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
    return x ^ (x >> 31);
  }
  Lane*& at(unsigned i) { return lanes_[i % kMaxThreads]; }

  Order order_ = Order::ascending;
  std::uint64_t random_ = 1;
  Lane* lanes_[kMaxThreads] = {};
  unsigned head_ = 0, tail_ = 0;
};

}  // namespace simt
