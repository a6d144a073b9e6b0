// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <vector>

namespace ptx {

/// What simt::KernelCall::arguments points to: the bytes of a kernel's parameters, as its PTX lays
/// them out.
using Arguments = std::vector<std::byte>;

}  // namespace ptx
