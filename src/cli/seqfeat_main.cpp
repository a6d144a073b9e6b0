// SPDX-License-Identifier: Apache-2.0
// The program as a function: main.cpp calls it, and libseqfeat.so exports it for Python's script.
#include "cli/app.hpp"
#include "seqfeat/seqfeat.h"

int seqfeat_main(int argc, char** argv) {
  return seqfeat::cli::run_program(argc, argv, seqfeat::cli::all_commands());
}
