// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "bench/cpu/timing.hpp"
#include "bench/result.hpp"

// When figures are not to be trusted: what the samples themselves give away of a machine that was
// busy with other things.

namespace seqfeat::bench {

/// Why the samples of one pass should not be quoted; "" if nothing speaks against them.
///
/// Their middle half must lie close together, and a pass may take hardly longer than the
/// processors worked for it.
[[nodiscard]] std::string doubt_of(const Timed& timed);

/// What the large copy of memory reached here and there in one run.
class CopySpeeds {
 public:
  /// Adds the samples of one place, seconds for `bytes` bytes. "": the run's own measurement.
  void add(const std::string& workload, double bytes, const std::vector<double>& seconds);
  /// The places where the copy was far slower than the fastest sample of all.
  [[nodiscard]] std::vector<Doubt> doubts() const;

 private:
  struct Place {
    std::string workload;
    double median;  // bytes a second
  };
  std::vector<Place> places_;
  double best_ = 0;
};

/// Counts how busy others keep the machine's processors, from its making on.
class Others {
 public:
  Others();
  /// "" or a doubt of the whole run.
  [[nodiscard]] std::string doubt() const;

 private:
  double wall_;
  double own_;
  double all_;
};

/// The rule of `Others`: `own` and `all` are processor seconds within `wall` seconds.
[[nodiscard]] std::string doubt_of_others(double wall, double own, double all, int processors);

/// One line for people, "" of no doubts.
[[nodiscard]] std::string summary(const std::vector<Doubt>& doubts);

}  // namespace seqfeat::bench
