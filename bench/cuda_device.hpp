// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <nlohmann/json.hpp>

#include "bench/device.hpp"
#include "bench/harness.hpp"
#include "bench/result.hpp"
#include "seqfeat/backend.hpp"

namespace seqfeat::bench {

/// The CUDA device of `backend` with a stream of its own, timed by events.
///
/// Throws   CudaError, OutOfMemory.
[[nodiscard]] std::unique_ptr<Device> make_cuda_device(const Backend& backend);

/// Measures copies and reads of `bytes` bytes (at least four times the L2).
[[nodiscard]] Bandwidth measure_bandwidth(Device& device, const Backend& backend,
                                          std::int64_t bytes, const Sampling& sampling);

/// Name, architecture, sizes, driver and runtime versions.
[[nodiscard]] nlohmann::ordered_json describe_device();

/// Bytes of the device's L2.
[[nodiscard]] std::int64_t l2_bytes();

}  // namespace seqfeat::bench
