// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace seqfeat {

/// The version of these headers and of the library built with them; CMakeLists.txt says the same.
inline constexpr const char* kVersion = "0.1.0";

}  // namespace seqfeat
