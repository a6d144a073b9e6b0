// SPDX-License-Identifier: Apache-2.0
#include <string>

#include "machine/block.hpp"
#include "ptx/launch.hpp"

namespace ptx {
namespace {

constexpr std::size_t kMostShared = std::size_t{227} * 1024;

std::string text(const Size& size) {
  return std::to_string(size.x) + " x " + std::to_string(size.y) + " x " + std::to_string(size.z);
}

void check(bool holds, const Kernel& kernel, const std::string& got, const std::string& expected) {
  if (!holds) {
    throw Fault("launch of kernel " + kernel.name + ": got " + got + ", expected " + expected);
  }
}

void check(const Kernel& kernel, const Launch& launch) {
  const Size& grid = launch.grid;
  const Size& block = launch.block;
  check(grid.x > 0 && grid.y == 1 && grid.z == 1, kernel, "a grid of " + text(grid),
        "one dimension of at least 1");
  check(block.x > 0 && block.y == 1 && block.z == 1, kernel, "blocks of " + text(block),
        "one dimension of at least 1");
  const std::string threads = std::to_string(block.x) + " threads a block";
  check(block.x <= kernel.most_threads, kernel, threads,
        "at most " + std::to_string(kernel.most_threads));
  check(!kernel.exact_threads || block.x == kernel.most_threads, kernel, threads,
        "exactly " + std::to_string(kernel.most_threads));
  check(launch.parameters.size() == kernel.parameter_bytes, kernel,
        std::to_string(launch.parameters.size()) + " bytes of parameters",
        std::to_string(kernel.parameter_bytes));
  const std::size_t shared = kernel.shared_bytes + launch.dynamic_shared;
  check(shared <= kMostShared, kernel, std::to_string(shared) + " bytes of shared memory a block",
        "at most " + std::to_string(kMostShared));
  check(launch.executions.empty() || launch.executions.size() == kernel.instructions.size(), kernel,
        std::to_string(launch.executions.size()) + " counters of executions",
        "one for each of the " + std::to_string(kernel.instructions.size()) + " instructions");
}

}  // namespace

Outcome run(const Kernel& kernel, const Launch& launch) {
  check(kernel, launch);
  Machine machine(kernel, launch);
  Block block(machine);
  for (const unsigned number : machine.turns().sequence(launch.grid.x)) {
    block.run(number);
  }
  return machine.outcome();
}

}  // namespace ptx
