// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>

#include "bench/harness.hpp"
#include "bench/result.hpp"
#include "seqfeat/backend.hpp"

namespace seqfeat::bench {

/// The CUDA device of `backend` with a stream of its own, timed by events.
///
/// Throws   CudaError, OutOfMemory.
[[nodiscard]] std::unique_ptr<Device> make_cuda_device(const Backend& backend);

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

/// Enqueues making the first `count` of the tables' floats at `to`.
void make_random_floats(float* to, std::int64_t count, Stream stream);

/// Enqueues reading `bytes` bytes, a multiple of 16. Memory that is filled with one byte is only
/// read; of other contents a mixture is written to `sink`.
void read_all(const void* from, std::int64_t bytes, unsigned* sink, Stream stream);

/// While it lives, a profiler records that was told to wait for it, as by
/// `ncu --profile-from-start off`.
class ProfilerRange {
 public:
  ProfilerRange();
  ProfilerRange(const ProfilerRange&) = delete;
  ProfilerRange& operator=(const ProfilerRange&) = delete;
  ProfilerRange(ProfilerRange&&) = delete;
  ProfilerRange& operator=(ProfilerRange&&) = delete;
  ~ProfilerRange();
};

/// Measures copies and reads of `bytes` bytes (at least four times the L2).
[[nodiscard]] Bandwidth measure_bandwidth(Device& device, const Backend& backend,
                                          std::int64_t bytes, const Sampling& sampling);

/// Name, architecture, sizes, driver and runtime versions.
[[nodiscard]] nlohmann::ordered_json describe_device();

/// Bytes of the device's L2.
[[nodiscard]] std::int64_t l2_bytes();

}  // namespace seqfeat::bench
