// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "bench/workload.hpp"

namespace seqfeat::bench {

/// A program that measures something on a CUDA device.
struct Program {
  std::string name;
  std::string about;
  std::vector<Workload> workloads;
  std::string backend_name;  ///< For results.
  bool rehearsed = false;    ///< An emulator does the work.
  double scale = 1.0;        ///< Of the plan's sizes, unless the caller says otherwise.
};

/// Parses the options, measures what they select and writes the figures.
///
/// Returns  The exit code: 0, 1 if a workload failed, 2 usage, 4 without a device.
[[nodiscard]] int run_program(const Program& program, int argc, char** argv);

}  // namespace seqfeat::bench
