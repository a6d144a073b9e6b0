// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

#include "cli/app.hpp"

namespace seqfeat::cli {

/// All of a program but its choice of commands.
///
/// Returns  The exit code (exit_code.hpp).
[[nodiscard]] int run_program(int argc, char** argv, std::span<const AddCommand> commands);

}  // namespace seqfeat::cli
