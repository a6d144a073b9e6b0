// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>

#include "seqfeat/stream.hpp"

namespace seqfeat::bench {

/// Pinned memory of the host, to be copied to a device.
class PinnedBytes {
 public:
  /// Every byte of it is `value`.
  PinnedBytes(std::int64_t bytes, std::uint8_t value);

  /// Enqueues the copy of all of it to the device's memory at `to`.
  void copy(void* to, Stream stream) const;

 private:
  std::shared_ptr<void> data_;
  std::int64_t bytes_;
};

}  // namespace seqfeat::bench
