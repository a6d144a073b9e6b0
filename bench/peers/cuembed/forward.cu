// SPDX-License-Identifier: Apache-2.0
#include "forward.hpp"

#include <cuda_fp16.h>

#include <cuembed/include/embedding_lookup.cuh>

namespace cuembed_peer {
namespace {

template <class Element, class Id>
void sum_rows_of(const void* table, int dim, const void* ids, const std::int64_t* offsets,
                 int hotness, int steps, void* output, CUstream_st* stream) {
  cuembed::EmbeddingForward<Element, Element, Id, std::int64_t>(
      static_cast<const Element*>(table), dim, static_cast<const Id*>(ids), offsets, nullptr, steps,
      offsets == nullptr ? hotness : 0, cuembed::CombineMode::kSum, static_cast<Element*>(output),
      stream);
}

}  // namespace

void sum_rows(Types types, const void* table, int dim, const void* ids, const std::int64_t* offsets,
              int hotness, int steps, void* output, CUstream_st* stream) {
  const auto of_floats =
      types.narrow_ids ? sum_rows_of<float, std::int32_t> : sum_rows_of<float, std::int64_t>;
  const auto of_halves =
      types.narrow_ids ? sum_rows_of<__half, std::int32_t> : sum_rows_of<__half, std::int64_t>;
  const auto sum = types.halves ? of_halves : of_floats;
  sum(table, dim, ids, offsets, hotness, steps, output, stream);
}

}  // namespace cuembed_peer
