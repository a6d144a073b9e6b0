// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <vector>

// Google Benchmark behind one function.

namespace seqfeat::bench {

/// How often, and for how long, things are timed.
struct CpuSampling {
  int samples = 5;         ///< Repetitions of each pass.
  double seconds = 0.025;  ///< The least time of a repetition, which holds as many passes.
};

/// The repetitions of one pass.
struct Timed {
  std::vector<double> seconds;    ///< Of a pass, repetition by repetition.
  std::vector<double> processor;  ///< Seconds of all processors that a pass took, likewise.
};

/// Times every pass. Repetitions of all of them take turns in random order, so that a slow moment
/// of the machine meets all.
[[nodiscard]] std::vector<Timed> time_passes(const std::vector<std::function<void()>>& passes,
                                             const CpuSampling& sampling);

}  // namespace seqfeat::bench
