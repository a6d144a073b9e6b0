// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>

#include "tests/ptx/runtime/modules.hpp"

namespace ptx {

/// Where PTX_COVERAGE names a folder, the end of the process leaves two kinds of files there:
/// MODULE.ptx, once for all processes, and PROCESS.counts with a line `MODULE LINE COUNT` for each
/// instruction of what is in `kernels` then: how often a warp executed what stands in that line of
/// the PTX.
void report_coverage_at_exit(const std::string& text,
                             const std::map<std::string, LoadedKernel>& kernels);

}  // namespace ptx
