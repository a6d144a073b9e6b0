// SPDX-License-Identifier: Apache-2.0
// Which bytes kernels have written that a later kernel may not see yet.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <unordered_map>

#include "ptx/memory.hpp"

namespace ptx {

/// A set of bytes: one bit for each byte of the pages that are in it.
class Written {
 public:
  void add(Address address, std::size_t size);
  void add(const Written& other);
  [[nodiscard]] bool overlaps(Address address, std::size_t size) const;
  [[nodiscard]] bool empty() const { return pages_.empty(); }

 private:
  static constexpr std::size_t kPage = 4096;
  using Page = std::array<std::uint64_t, kPage / 64>;

  // The page of the last addition: the stores of a launch stay in a few pages. A copy starts anew,
  // because its pages lie elsewhere.
  struct Recent {
    Recent() = default;
    Recent(const Recent&) {}
    Recent& operator=(const Recent&) {
      page = nullptr;
      return *this;
    }
    ~Recent() = default;
    Address number = 0;
    Page* page = nullptr;
  };

  std::unordered_map<Address, Page> pages_;
  Recent recent_;
};

/// What a launch that overlaps the kernels before it (programmatic dependent launch) must not
/// touch. A stream keeps one of these. It is empty after a copy, a memset, a synchronisation, or a
/// launch that does not overlap: each of them waits for all that was before.
struct Pending {
  Written until_wait;  ///< off limits for a thread until its `griddepcontrol.wait`
  Written throughout;  ///< of kernels that even the wait does not wait for: off limits to the end

  /// What the next overlapping launch must not touch, after a launch under these rules wrote
  /// `written`. A kernel of which no thread waited may end before the kernels ahead of it, so
  /// waiting for it says nothing about them.
  [[nodiscard]] Pending after(Written written, bool waited) &&;
};

}  // namespace ptx
