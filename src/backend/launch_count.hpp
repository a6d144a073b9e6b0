// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace seqfeat::detail {

/// How many kernels this process has launched; 0 in a build without CUDA.
[[nodiscard]] std::int64_t launch_count() noexcept;

}  // namespace seqfeat::detail
