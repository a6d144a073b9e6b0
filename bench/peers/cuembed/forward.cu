// SPDX-License-Identifier: Apache-2.0
#include "forward.hpp"

#include "cuembed/include/embedding_lookup.cuh"

namespace cuembed_peer {

void sum_rows(const float* table, int dim, const std::int64_t* ids, const std::int64_t* offsets,
              int hotness, int steps, float* output, CUstream_st* stream) {
  cuembed::EmbeddingForward<float, float, std::int64_t, std::int64_t>(
      table, dim, ids, offsets, nullptr, steps, offsets == nullptr ? hotness : 0,
      cuembed::CombineMode::kSum, output, stream);
}

}  // namespace cuembed_peer
