// SPDX-License-Identifier: Apache-2.0
#include "cli/app.hpp"

int main(int argc, char** argv) {
  return seqfeat::cli::run_program(argc, argv, seqfeat::cli::all_commands());
}
