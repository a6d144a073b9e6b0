// SPDX-License-Identifier: Apache-2.0
// One launch: what all blocks share. The ranges that memory accesses were found in are kept for
// each instruction, because an instruction mostly stays within one array.
#pragma once

#include <string>
#include <vector>

#include "machine/program.hpp"
#include "machine/spaces.hpp"
#include "machine/turns.hpp"
#include "ptx/launch.hpp"

namespace ptx {

class Machine {
 public:
  Machine(const Kernel& kernel, const Launch& launch);

  [[nodiscard]] const Kernel& kernel() const { return kernel_; }
  [[nodiscard]] const Launch& launch() const { return launch_; }
  [[nodiscard]] const Program& program() const { return program_; }
  [[nodiscard]] Turns& turns() { return turns_; }
  [[nodiscard]] Outcome& outcome() { return outcome_; }
  [[nodiscard]] std::size_t shared_bytes() const { return shared_bytes_; }
  [[nodiscard]] std::size_t local_bytes() const { return local_bytes_; }

  /// Counts an execution. False once the launch has gone on for too long.
  [[nodiscard]] bool count(std::uint32_t pc, Lanes active);
  /// The range, in generic addresses, in which the access of an instruction may go on.
  [[nodiscard]] Range& recent(std::uint32_t pc) { return recent_[pc]; }
  /// The variable or allocation that holds a generic address; empty if there is none.
  [[nodiscard]] Range find(Address generic) const;

 private:
  const Kernel& kernel_;
  const Launch& launch_;
  const Program& program_;
  Turns turns_;
  Outcome outcome_;
  std::vector<Range> recent_;
  std::vector<Range> windows_;  // shared, local and parameter memory, in generic addresses
  std::size_t shared_bytes_ = 0;
  std::size_t local_bytes_ = 0;
};

inline bool Machine::count(std::uint32_t pc, Lanes active) {
  if (active != 0) {
    outcome_.lane_instructions += active == kAllLanes ? kWarp : lanes_in(active);
    if (!launch_.executions.empty()) {
      ++launch_.executions[pc];
    }
  }
  return ++outcome_.warp_instructions <= launch_.most_steps;
}

}  // namespace ptx
