// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>

#include "seqfeat/stream.hpp"

namespace seqfeat::bench {

/// Enqueues the work under measurement once; the argument counts up, so that inputs can rotate.
using Launch = std::function<void(std::int64_t)>;

/// The machine under measurement as the harness sees it: a clock and a cache. Tests put a fake
/// here.
class Device {
 public:
  Device() = default;
  Device(const Device&) = delete;
  Device& operator=(const Device&) = delete;
  Device(Device&&) = delete;
  Device& operator=(Device&&) = delete;
  virtual ~Device() = default;

  /// The stream on which launches go.
  [[nodiscard]] virtual Stream stream() const noexcept = 0;

  /// A second stream beside it. Work on it is counted only between `fork` and `join`.
  [[nodiscard]] virtual Stream side_stream() const noexcept = 0;
  /// What goes to the side stream from here on comes after the work on `stream()` so far.
  virtual void fork() = 0;
  /// What goes to `stream()` from here on comes after the work on the side stream so far.
  virtual void join() = 0;

  /// Seconds on the device's clock from before launch(first) to after launch(first + count - 1).
  /// Waits.
  [[nodiscard]] virtual double seconds(const Launch& launch, std::int64_t first,
                                       std::int64_t count) = 0;

  /// Enqueues writes of at least twice the last-level cache, so that nothing useful stays in it.
  virtual void flush_cache() = 0;

  /// Enqueues setting `bytes` bytes to `value`.
  virtual void fill(void* data, int value, std::int64_t bytes) = 0;

  /// Records what `enqueue` enqueues; the result enqueues all of it at once.
  [[nodiscard]] virtual std::function<void()> capture(const std::function<void()>& enqueue) = 0;
};

}  // namespace seqfeat::bench
