// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

namespace seqfeat::cuda {

/// What schedules and messages need to know of a device.
struct Device {
  int ordinal = 0;
  std::int64_t multiprocessors = 1;
  std::int64_t cache_bytes = 0;   ///< L2
  bool overlaps_kernels = false;  ///< Programmatic dependent launch.
  bool has_pools = false;         ///< Stream-ordered allocation.
  std::string description;
};

/// Opens a device: finds out what it is and loads all kernels onto it.
///
/// Throws   DeviceUnavailable saying whether driver, device or kernel image is missing or the
/// driver
///          is too old; InvalidArgument for an ordinal that does not exist.
[[nodiscard]] Device open_device(int ordinal);

}  // namespace seqfeat::cuda
