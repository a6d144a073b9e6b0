// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "backend/ops.hpp"
#include "cuda/device.hpp"
#include "seqfeat/stream.hpp"

// What the kernels' files offer the backend. All of them enqueue on `stream`, on the current
// device, and return.

namespace seqfeat::cuda {

void enqueue_hash(const Device& device, const detail::HashArgs& args, Stream stream);
void enqueue_map(const Device& device, const detail::MapArgs& args, Stream stream);
void enqueue_norms(const Device& device, const detail::LookupArgs& args, Stream stream);
void enqueue_lookup(const Device& device, const detail::LookupArgs& args, Stream stream);

/// Checks what only the device can see and reports to the status word.
void enqueue_validate(const detail::LayerArgs& args, Stream stream);
/// The same of the weights of weighted columns.
void enqueue_validate_weights(const detail::LayerArgs& args, Stream stream);
/// Values -> ids, in the flat space of all columns. All ids go to `wanted` too, unless it is null.
void enqueue_layer_ids(const Device& device, const detail::LayerArgs& args, std::int64_t* ids,
                       std::int64_t* wanted, Stream stream);
/// Closes up the ids of the columns that need it (see detail::closes_up), and the weights of those
/// that are weighted, which go to `weights`; null where there are none.
void enqueue_close_up(const detail::LayerArgs& args, std::int64_t* ids, ValueWeight* weights,
                      Stream stream);
/// Ids -> norms of their rows, for the columns that clip.
void enqueue_layer_norms(const Device& device, const detail::LayerArgs& args,
                         const std::int64_t* ids, float* norms, Stream stream);
/// Ids, norms and weights -> values, mask and lengths. `norms` may be null where no column clips,
/// `weights` where none is weighted.
void enqueue_gather(const Device& device, const detail::LayerArgs& args, const std::int64_t* ids,
                    const float* norms, const ValueWeight* weights, Stream stream);

// Each file's kernels onto the current device.
void load_hash_kernels();
void load_map_kernels();
void load_layer_ids_kernels();
void load_norms_kernels();
void load_gather_kernels();
void load_lookup_kernels();
void load_validate_kernels();

}  // namespace seqfeat::cuda
