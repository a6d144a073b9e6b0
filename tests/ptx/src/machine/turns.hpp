// SPDX-License-Identifier: Apache-2.0
// Decides who goes first where CUDA leaves it open: warps of a block, blocks of a grid, and the
// groups into which the lanes of a warp have diverged.
#pragma once

#include <random>
#include <vector>

#include "machine/program.hpp"
#include "ptx/launch.hpp"

namespace ptx {

/// Lanes of a warp that stand at the same instruction.
struct Group {
  std::uint32_t pc = 0;
  Lanes lanes = 0;
};

class Turns {
 public:
  explicit Turns(Order order) : kind_(order.kind), random_(order.seed) {}

  [[nodiscard]] bool ascending() const { return kind_ == Order::Kind::ascending; }
  /// The numbers below `count` in the order in which they go.
  [[nodiscard]] std::vector<unsigned> sequence(unsigned count);
  /// Takes the group that goes next, with all others that stand at its instruction. Ascending takes
  /// the one that is furthest behind, so that diverged lanes come together again as soon as they
  /// can.
  [[nodiscard]] Group take(std::vector<Group>& ready);
  /// The part of `lanes` that runs ahead at a memory access: all of them in ascending order.
  [[nodiscard]] Lanes ahead(Lanes lanes);
  /// Whether another group goes on before this one's memory access.
  [[nodiscard]] bool change();

 private:
  [[nodiscard]] std::size_t next(const std::vector<Group>& ready);

  Order::Kind kind_;
  std::mt19937_64 random_;
};

}  // namespace ptx
