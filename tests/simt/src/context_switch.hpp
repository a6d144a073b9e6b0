// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

// Saving and restoring a machine context, and nothing else: three implementations of one seam.

namespace simt {

/// Makes a context that will run `entry` on the given stack; returns what switch_machine_context
/// loads. `entry` never returns.
void* make_machine_context(void* stack, std::size_t bytes, void (*entry)());

/// Saves the running context into `*save` and continues the one that `load` stands for.
void switch_machine_context(void** save, void* load);

/// Frees what make_machine_context allocated, if anything.
void free_machine_context(void* context);

}  // namespace simt
