// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace seqfeat::cli {

/// What the program ends with; documented, so scripts may rely on them.
inline constexpr int kOk = 0;
inline constexpr int kFailed = 1;    ///< Disk full, out of memory, CUDA failure, anything else.
inline constexpr int kUsage = 2;     ///< Options, spec, tables unusable; output directory refused.
inline constexpr int kInput = 3;     ///< An input file missing, unreadable, a directory, malformed.
inline constexpr int kNoDevice = 4;  ///< --backend cuda without a device.
inline constexpr int kSignal = 128;  ///< Plus the signal's number.

/// Says on stderr what the exception that is being handled says, and returns the code to end with.
[[nodiscard]] int report_exception();

}  // namespace seqfeat::cli
