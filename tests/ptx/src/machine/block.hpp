// SPDX-License-Identifier: Apache-2.0
// The block that runs: its shared memory, its warps, and the barrier at which they wait.
#pragma once

#include <memory>
#include <vector>

#include "machine/machine.hpp"
#include "machine/schedule.hpp"

namespace ptx {

class Block {
 public:
  explicit Block(Machine& machine);
  /// Runs the block of this number from start to end.
  void run(unsigned number);

 private:
  [[nodiscard]] bool cross_barrier();

  Machine& machine_;
  std::vector<std::byte> shared_;
  std::vector<std::unique_ptr<Schedule>> warps_;
};

}  // namespace ptx
