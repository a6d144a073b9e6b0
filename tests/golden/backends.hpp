// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/golden/runner.hpp"

namespace seqfeat::golden {

/// What "every backend" means in this binary: cpu, and cuda where there is a device; or, linked
/// with emulated kernels, the emulator alone, for everything else is the same there.
///
/// Throws   DeviceUnavailable if SEQFEAT_REQUIRE_CUDA=1 asks for a device that is not there.
[[nodiscard]] Where every_backend();

}  // namespace seqfeat::golden
