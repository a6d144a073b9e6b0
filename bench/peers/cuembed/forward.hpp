// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

struct CUstream_st;

namespace cuembed_peer {

/// Table and output are of float32 or float16, ids have 32 or 64 bits.
struct Types {
  bool halves = false;
  bool narrow_ids = false;
};

/// cuEmbed's EmbeddingForward: sums of table rows, of `hotness` ids a step or, where `offsets` is
/// not null, of those between two offsets.
void sum_rows(Types types, const void* table, int dim, const void* ids, const std::int64_t* offsets,
              int hotness, int steps, void* output, CUstream_st* stream);

}  // namespace cuembed_peer
