// SPDX-License-Identifier: Apache-2.0
#include <array>

#include "bench/cpu/command.hpp"

// seqfeat-bench-cpu: what `seqfeat bench` becomes.

int main(int argc, char** argv) {
  constexpr std::array<seqfeat::cli::AddCommand, 1> kCommands{seqfeat::bench::add_bench};
  return seqfeat::cli::run_program(argc, argv, kCommands);
}
