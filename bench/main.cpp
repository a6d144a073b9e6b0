// SPDX-License-Identifier: Apache-2.0
#include "bench/program.hpp"

// seqfeat-bench: what the kernels do on a CUDA device, or rehearsed on the emulator.

#ifdef SEQFEAT_EMULATED
constexpr bool kRehearsed = true;
#else
constexpr bool kRehearsed = false;
#endif

int main(int argc, char** argv) {
  return seqfeat::bench::run_program(
      {"seqfeat-bench", "Measures seqfeat on a CUDA device against the bandwidth of its memory.",
       seqfeat::bench::every_workload(), kRehearsed ? "simt" : "cuda", kRehearsed,
       kRehearsed ? 0.0001 : 1.0},
      argc, argv);
}
