// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

struct CUstream_st;

namespace cuembed_peer {

/// cuEmbed's EmbeddingForward: sums of table rows, of `hotness` ids a step or, where `offsets` is
/// not null, of those between two offsets.
void sum_rows(const float* table, int dim, const std::int64_t* ids, const std::int64_t* offsets,
              int hotness, int steps, float* output, CUstream_st* stream);

}  // namespace cuembed_peer
