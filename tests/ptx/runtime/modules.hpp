// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "ptx/module.hpp"

// The program's modules and kernels. A module is read when its first kernel is asked for, the
// instructions of a kernel when it is launched. Whoever calls holds the runtime's lock, or runs
// before main().

namespace ptx {

class LoadableModule;

struct LoadedKernel {
  const Kernel* kernel = nullptr;
  std::vector<std::uint64_t> executions;  ///< For each instruction: by warps, so far.
};

/// Adds what `wrapper` holds, which has to outlive the process's last kernel.
///
/// Throws   std::runtime_error for a fat binary that cannot be read.
LoadableModule* add_module(const void* wrapper);
/// Says that `function`, of the host, stands for a kernel of `module`.
void add_kernel(LoadableModule* module, const void* function, const char* name);

/// The kernel behind a function of the host, perhaps without its instructions; null for a function
/// that is none.
///
/// Throws   Fault for a module that does not parse.
const Kernel* find_kernel(const void* function);
/// The kernel that is found, with its instructions.
///
/// Throws   Fault for a kernel that does not parse.
LoadedKernel& load_kernel(const void* function);
/// The variable of a loaded module in which `address` lies; an empty range if there is none.
Range find_variable(Address address);
/// The newest architecture that the program has PTX for, as in sm_90.
unsigned newest_architecture();

/// Tells the user, on standard error, what the runtime's error codes cannot.
void complain(const char* message);

}  // namespace ptx
