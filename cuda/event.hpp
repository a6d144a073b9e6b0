// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "backend/backend_impl.hpp"

namespace seqfeat::cuda {

/// An event of device `ordinal`, without timing.
///
/// Throws   CudaError if it cannot be made.
[[nodiscard]] std::unique_ptr<detail::Event> make_cuda_event(int ordinal);

}  // namespace seqfeat::cuda
