// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace ptx {

/// The PTX of one translation unit.
struct PtxText {
  unsigned architecture = 0;  ///< As in sm_90; 0 where there is none.
  std::string text;
};

/// The PTX for the newest architecture in the fat binary that `wrapper`, what nvcc's code hands to
/// __cudaRegisterFatBinary(), points to.
///
/// Throws   std::runtime_error for bytes that are no fat binary, or whose PTX is compressed.
PtxText newest_ptx(const void* wrapper);

}  // namespace ptx
