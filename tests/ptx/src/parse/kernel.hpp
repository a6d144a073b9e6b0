// SPDX-License-Identifier: Apache-2.0
// Reads one kernel: `name(parameters) directives { body }`.
#pragma once

#include "parse/assembler.hpp"

namespace ptx {

/// `module` are the variables of the module, with dynamic shared memory at address `kDynamic`.
[[nodiscard]] Kernel read_kernel(Cursor& cursor, const Symbols& module, Program program);

/// Stands for the address of dynamic shared memory, which comes after the kernel's own.
inline constexpr Address kDynamic = ~Address{0};

}  // namespace ptx
