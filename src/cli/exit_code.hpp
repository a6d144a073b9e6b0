// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "cli/app.hpp"
#include "seqfeat/error.hpp"

namespace seqfeat::cli {

/// The exit codes of the program. They are documented, so that scripts may rely on them.
inline constexpr int kOk = 0;
inline constexpr int kFailed = 1;    ///< Disk full, out of memory, CUDA failure, anything else.
inline constexpr int kUsage = 2;     ///< Options, spec, tables unusable; output directory refused.
inline constexpr int kInput = 3;     ///< An input file missing, unreadable, a directory, malformed.
inline constexpr int kNoDevice = 4;  ///< --backend cuda without a device.
inline constexpr int kSignal = 128;  ///< Plus the signal's number.

/// Why the program ends.
struct Failure {
  int code = kFailed;
  std::string message;
  DataPlace place{};  ///< Of the fault in the input.
};

/// The failure of the exception that is being handled; kOk for a closed pipe.
[[nodiscard]] Failure failure_of_exception();

/// Reports it on stderr and, with --json, as an object on stdout. Returns its code.
int report(const Failure& failure, const Globals& globals);

}  // namespace seqfeat::cli
