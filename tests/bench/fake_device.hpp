// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstring>
#include <string>

#include "bench/harness.hpp"

namespace seqfeat::bench {

/// A device whose clock says what the test wants, and which remembers what it was asked for.
/// Memory is the host's.
class FakeDevice final : public Device {
 public:
  std::function<double()> clock = [] { return 1.0; };  ///< Seconds of the next measurement.
  std::string
      log;  ///< `r` and `w` flushes, `p` a fill, `(` a measurement begins, its launches, `)`.

  [[nodiscard]] Stream stream() const noexcept override { return kHostStream; }
  [[nodiscard]] Stream side_stream() const noexcept override { return kHostStream; }
  void fork() override {}
  void join() override {}

  [[nodiscard]] double seconds(const Launch& launch, std::int64_t first,
                               std::int64_t count) override {
    log += '(';
    for (std::int64_t i = 0; i < count; ++i) {
      log += std::to_string(first + i) + ' ';
      launch(first + i);
    }
    log += ')';
    return clock();
  }
  void flush_cache(Flush how) override { log += how == Flush::read ? 'r' : 'w'; }
  void fill(void* data, int value, std::int64_t bytes) override {
    log += 'p';
    std::memset(data, value, static_cast<std::size_t>(bytes));
  }
  [[nodiscard]] std::function<void()> capture(const std::function<void()>& enqueue) override {
    return enqueue;
  }
};

}  // namespace seqfeat::bench
