// SPDX-License-Identifier: Apache-2.0
#include "runtime/machine.hpp"

#include <cstddef>
#include <cstdlib>
#include <map>
#include <span>
#include <string>
#include <utility>

#include "ptx/launch.hpp"
#include "runtime/runtime.hpp"
#include "tests/ptx/runtime/arguments.hpp"
#include "tests/ptx/runtime/modules.hpp"

// The interpreter as the machine under the emulator's runtime (tests/simt/src/runtime).

namespace ptx {
namespace {

/// What a kernel may read and write: the runtime's allocations and the modules' variables.
struct Reachable : Memory {
  [[nodiscard]] Range allocation(Address address) const override {
    const auto* found = simt::find_allocation(reinterpret_cast<const void*>(address));
    if (found == nullptr) return find_variable(address);
    return {found->begin, found->begin + found->bytes, true};
  }
};

/// PTX_ORDER=asc|desc|rand[:seed], as the emulator's SIMT_ORDER.
Order order_from_environment() {
  const char* const variable = std::getenv("PTX_ORDER");
  const std::string text = variable == nullptr ? "asc" : variable;
  if (text == "asc") return {};
  if (text == "desc") return {Order::Kind::descending, 0};
  if (text.starts_with("rand")) {
    const std::size_t colon = text.find(':');
    const char* const seed = colon == std::string::npos ? "1" : text.c_str() + colon + 1;
    return {Order::Kind::random, std::strtoull(seed, nullptr, 10)};
  }
  throw Fault("PTX_ORDER is asc, desc or rand[:seed], got \"" + text + "\"");
}

/// What overlapping launches on each stream must not touch.
std::map<const CUstream_st*, Pending>& pending_of() {
  static auto& map = *new std::map<const CUstream_st*, Pending>;
  return map;
}

void run_grid(const simt::GridWork& work) {
  static const Order order = order_from_environment();
  static const Reachable memory;
  LoadedKernel& loaded = load_kernel(work.function);
  Pending& pending = pending_of()[work.stream];
  if (!work.is_programmatic_dependent) pending = {};
  Written written;
  Launch launch;
  launch.grid = {work.grid.x, work.grid.y, work.grid.z};
  launch.block = {work.block.x, work.block.y, work.block.z};
  launch.dynamic_shared = work.dynamic_shared_bytes;
  launch.parameters = *static_cast<const Arguments*>(work.arguments);
  launch.memory = &memory;
  launch.order = order;
  launch.pending = work.is_programmatic_dependent ? &pending : nullptr;
  launch.written = &written;
  launch.executions = loaded.executions;
  ++simt::counts.launches;
  simt::counts.blocks += std::uint64_t{work.grid.x} * work.grid.y * work.grid.z;
  const Outcome outcome = run(*loaded.kernel, launch);
  if (work.is_programmatic_dependent && outcome.waits == 0)
    ++simt::counts.unsynchronized_dependents;
  const bool waited = outcome.waits != 0 || !work.is_programmatic_dependent;
  pending = std::move(pending).after(std::move(written), waited);
}

}  // namespace
}  // namespace ptx

namespace simt {

MachineTraits machine_traits() {
  const auto architecture = static_cast<int>(ptx::newest_architecture());
  // A small cache, so that small outputs already take the way of those that do not fit.
  return {"PTX interpreter", architecture / 10, architecture % 10, 64 << 10};
}

cudaError_t run_kernel(const GridWork& work) {
  try {
    ptx::run_grid(work);
    return cudaSuccess;
  } catch (const ptx::Fault& fault) {
    ptx::complain(fault.what());
    return cudaErrorLaunchFailure;
  }
}

void note_full_wait(const CUstream_st* stream) {
  if (stream == nullptr) {
    ptx::pending_of().clear();
  } else {
    ptx::pending_of().erase(stream);
  }
}

void deliver_failure() {}       // its message is on standard error already
void forbid_inside_kernel() {}  // a kernel in PTX cannot call the host

}  // namespace simt
