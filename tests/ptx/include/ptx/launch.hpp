// SPDX-License-Identifier: Apache-2.0
// Runs a kernel: one block after another, the warps of a block in turns between barriers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "ptx/fault.hpp"
#include "ptx/memory.hpp"
#include "ptx/module.hpp"
#include "ptx/written.hpp"

namespace ptx {

/// Which of several runnable threads goes first. CUDA promises no order, so results must not depend
/// on it. Ascending keeps a warp's lanes together wherever it can. The others also split a warp at
/// memory accesses and let one part run ahead up to the next warp-level synchronisation.
struct Order {
  enum class Kind : std::uint8_t { ascending, descending, random };
  Kind kind = Kind::ascending;
  std::uint64_t seed = 0;  ///< of `random`
};

/// The size of a grid or block. Only the first dimension may differ from 1.
struct Size {
  unsigned x = 1;
  unsigned y = 1;
  unsigned z = 1;
};

struct Launch {
  Size grid;
  Size block;
  std::size_t dynamic_shared = 0;
  std::span<const std::byte> parameters;  ///< `parameter_bytes` of the kernel
  const Memory* memory = nullptr;
  Order order;

  /// For a launch that overlaps the kernel before it: what it must not touch; else null.
  const Pending* pending = nullptr;
  /// Where to record what the launch writes to global memory; null to record nothing.
  Written* written = nullptr;
  /// One counter for each instruction of the kernel, to which its executions by a warp with at
  /// least one active lane are added; or empty.
  std::span<std::uint64_t> executions;
  /// Warp instructions after which the launch counts as hung.
  std::uint64_t most_steps = std::uint64_t{1} << 36;
};

struct Outcome {
  std::uint64_t warp_instructions = 0;
  std::uint64_t lane_instructions = 0;
  std::uint64_t waits = 0;     ///< threads that executed griddepcontrol.wait
  std::uint64_t triggers = 0;  ///< threads that executed griddepcontrol.launch_dependents
};

/// Throws Fault when the launch is not possible or a thread breaks a rule.
Outcome run(const Kernel& kernel, const Launch& launch);

}  // namespace ptx
