// SPDX-License-Identifier: Apache-2.0
// Reads one kernel: `name(parameters) directives { body }`.
#pragma once

#include <span>

#include "parse/assembler.hpp"
#include "parse/variables.hpp"

namespace ptx {

/// `module` are the variables of the module, with dynamic shared memory at address `kDynamic`;
/// `shared` is the other shared memory that it declares, of which each kernel has what it names.
[[nodiscard]] Kernel read_kernel(Cursor& cursor, const Symbols& module,
                                 std::span<const Declaration> shared, Program program);

/// Stands for the address of dynamic shared memory, which comes after the kernel's own.
inline constexpr Address kDynamic = ~Address{0};

}  // namespace ptx
