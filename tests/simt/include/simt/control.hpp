// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

// What tests may ask of the emulator beyond CUDA's own interface.

namespace simt {

/// The order in which ready threads of a block, and the blocks of a grid, get their turn.
enum class Order { ascending, descending, random };

/// Chooses the order of later launches; the environment's SIMT_ORDER=asc|desc|rand[:seed] is the
/// default.
void set_order(Order order, std::uint64_t seed = 1);

/// What the engine has done since the process began.
struct Stats {
  std::uint64_t launches;     ///< Kernels run, replays included.
  std::uint64_t blocks;       ///< Blocks run.
  std::uint64_t switches;     ///< Changes of stack.
  std::uint64_t collectives;  ///< Warp collectives carried out.
  std::uint64_t barriers;     ///< Block barriers passed.
  /// Launches with programmatic stream serialization in which no thread called
  /// cudaGridDependencySynchronize(): on a device they race with the kernel before them.
  std::uint64_t unsynchronized_dependents;
  std::uint64_t async_frees;  ///< Calls of cudaFreeAsync.
  /// Those on a stream of another device than the memory's: on a device the memory
  /// goes back while its own device may still work on it.
  std::uint64_t frees_on_foreign_streams;
};
Stats stats();

/// Receives the message of a kernel fault (deadlock, divergent collective, bad mask, ...).
///
/// It runs on the launching thread's stack after the grid was torn down, so it may throw. If it
/// returns, the launch leaves cudaErrorLaunchFailure, which sticks as on a device. Objects that
/// abandoned kernel threads had on their stacks are not destroyed.
using FaultHandler = void (*)(const char* message);

/// Installs `handler` and returns the previous one; null (the default) prints and aborts in place.
FaultHandler set_fault_handler(FaultHandler handler);

/// Ends the running kernel with a fault.
[[noreturn]] void fail(const char* format, ...) __attribute__((format(printf, 1, 2)));

/// Lets streams leave their work lying until something waits for it: then what a stream waits for
/// is all that has run of another one, and a missing wait between two streams shows as a wrong
/// result. The environment's SIMT_STREAMS=lazy is the default. The legacy stream is never lazy.
/// Turned on or off, it runs what lies there.
void set_lazy_streams(bool lazy);

/// How many devices there are: 2 unless SIMT_DEVICES says otherwise. 0 is a machine without any.
void set_device_count(int count);

/// Lets cudaMalloc and its kin fail beyond `bytes` on each device (default 8 GiB).
void set_memory_limit(std::size_t bytes);

/// Bytes now allocated on a device, and the number of allocations (pinned memory not included).
std::size_t allocated_bytes(int device);
std::size_t allocation_count(int device);

}  // namespace simt
