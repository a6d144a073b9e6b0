// SPDX-License-Identifier: Apache-2.0
// Runs the lanes of one warp. Lanes that stand at the same instruction run as one group; a branch
// on which lanes disagree splits their group. Groups wait for each other where an instruction names
// a mask of lanes, and for the rest of the block at a barrier.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "machine/warp.hpp"

namespace ptx {

class Schedule {
 public:
  Schedule(Machine& machine, unsigned number, std::byte* shared);

  void start(unsigned block);
  /// Runs until every lane has left or waits at a barrier. Lanes that wait for each other for ever
  /// are a fault.
  void run();
  [[nodiscard]] Warp& warp() { return warp_; }
  /// The lanes that wait at a barrier; nothing if all have left. All stand at one instruction,
  /// because the barriers that nvcc emits are aligned: anything else is a fault.
  [[nodiscard]] std::optional<Party> at_barrier() const;
  /// Lets the lanes at the barrier go on.
  void leave_barrier();

 private:
  // Lanes of one group that wait with one mask of members.
  struct Waiting {
    Group group;
    Lanes members = 0;
  };

  void advance(Group group);
  [[nodiscard]] Lanes active(const Instruction& in, Lanes lanes);
  void hold_back(Group& group, Lanes active);
  void arrive(Group group);
  [[nodiscard]] bool release(const Waiting& first);
  void meet(Meet function, std::span<const Waiting> all);
  void leave(Lanes lanes);
  [[noreturn]] void deadlock() const;
  [[nodiscard]] const Instruction& at(std::uint32_t pc) const;
  [[nodiscard]] std::string where(Lanes lanes) const;

  Machine& machine_;
  Turns& turns_;
  const Instruction* code_;
  Warp warp_;
  std::vector<Group> ready_;
  std::vector<Group> blocked_;  // at a barrier of the block
  std::vector<Waiting> waiting_;
  Lanes gone_ = 0;          // have left, or never were
  bool may_split_ = false;  // no memory access yet since lanes last synchronised
};

}  // namespace ptx
