// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace seqfeat::cli {

/// What the program ends with; documented, so scripts may rely on them.
enum ExitCode : int {
  kOk = 0,
  kFailed = 1,    ///< Disk full, out of memory, CUDA failure, anything else.
  kUsage = 2,     ///< Options, spec or tables that cannot be used; output directory refused.
  kInput = 3,     ///< An input file missing, unreadable, a directory, or malformed.
  kNoDevice = 4,  ///< --backend cuda without a device.
  kSignal = 128,  ///< Plus the signal's number.
};

/// Says on stderr what the exception that is being handled says, and returns the code to end with.
[[nodiscard]] int report_exception();

}  // namespace seqfeat::cli
