// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "cuda/combine_rows.cuh"

// Steps of very many values, which would keep one block busy when all others are done. The sums of
// eight that their rows are cut into are independent of one another (see combine.hpp), and so are
// the vectors of a row: a block of its own writes a slice of each row, its warps form sums of eight
// side by side, and one of them adds these in order. So the bits are those of `combine`.

namespace seqfeat::cuda {

/// The most elements of a vector: narrower ones than elsewhere leave registers to the other code.
inline constexpr unsigned kLongVector = 2;

/// A long step, or none.
struct LongStep {
  std::int64_t slot;  ///< Where it is written; -1: there is none.
  std::int32_t column;
  std::int64_t first;  ///< Its first id.
  std::int64_t count;
};
inline constexpr LongStep kNoStep = {-1, 0, 0, 0};

/// In shared memory: the steps that a block has found, and the sums of two chunks, of which one is
/// made while the other is added up.
struct LongShared {
  static constexpr unsigned kMakers = kThreads - 32;
  alignas(8) float sums[2][kMakers * kLongVector];
  LongStep steps[kThreads];
  unsigned count;
};

/// Combines `vectors` <= kVectors vectors of a step's `n` rows: `rows(v)(i)` is vector v of row i,
/// `store(v, floats)` writes what becomes of it. All threads of the block take part.
template <unsigned kVectors, int N, class Rows, class Store>
__device__ __forceinline__ void combine_long(Combiner combiner, std::int64_t n, unsigned vectors,
                                             const Rows& rows, const Store& store,
                                             LongShared& shared) {
  constexpr unsigned kBlocks = LongShared::kMakers / kVectors;  // sums of eight in a chunk
  const bool adds = threadIdx.x < 32;
  const unsigned maker = threadIdx.x - 32;
  const unsigned v = (adds ? threadIdx.x : maker) % kVectors;
  const unsigned block = maker / kVectors;
  const bool here = v < vectors && (adds ? threadIdx.x < kVectors : block < kBlocks);
  const std::int64_t start = leading_rows(n);
  const std::int64_t blocks = (n - start) >> 3;
  const auto sums = [&shared](std::int64_t chunk, unsigned of_block, unsigned of_vector) {
    return reinterpret_cast<Floats<N>*>(shared.sums[chunk & 1]) + (of_block * kVectors + of_vector);
  };

  Floats<N> total{};
  if (adds && here) total = sum_of_leading(static_cast<int>(start), rows(v));
#pragma unroll 1
  for (std::int64_t chunk = 0, done = 0; done < blocks + kBlocks; ++chunk, done += kBlocks) {
    if (!adds && here && done + block < blocks) {
      *sums(chunk, block, v) = sum_of_eight(start + ((done + block) << 3), rows(v));
    }
    if (adds && here && chunk > 0) {
      const std::int64_t rest = blocks - (done - kBlocks);
      const auto made = static_cast<unsigned>(rest < kBlocks ? rest : kBlocks);
#pragma unroll 4
      for (unsigned b = 0; b < made; ++b) total = total + *sums(chunk - 1, b, v);
    }
    __syncthreads();
  }
  if (adds && here) store(v, finish_sum(combiner, n, total));
}

/// Writes every `slices`-th slice of a step, whose slot `out` begins with, from slice `slice` on.
template <Method kMethod, class Ids>
__device__ __forceinline__ void write_long_step(const detail::TableRule& table,
                                                const LongStep& step, const Ids& ids,
                                                const Output& out, std::int64_t slice,
                                                std::int64_t slices, LongShared& shared) {
  const auto table_of = [&table](unsigned /*column*/) -> const detail::TableRule& { return table; };
  const Tile tile = cut_tile(1, 0, 1, table_of, out, kLongVector);
  with_vectors<kLongVector>(tile, [&]<FloatType kType, int N>() {
    constexpr auto kVectors = static_cast<unsigned>(kSliceElements / N);
#pragma unroll 1
    for (std::int64_t first = slice * kVectors; first < tile.vectors; first += slices * kVectors) {
      const auto rows = [&](unsigned v) {
        return SegmentRows<kType, N, kMethod, Ids>(
            table, ids, step.first, static_cast<std::uint64_t>(first + v) * tile.bytes);
      };
      const auto store = [&](unsigned v, const Floats<N>& value) {
        store_floats(out.data + static_cast<std::uint64_t>(first + v) * tile.out_bytes,
                     finish_rows<kMethod>(table, ids, step.first, value), out.type, out.streaming);
      };
      const std::int64_t rest = tile.vectors - first;
      combine_long<kVectors, N>(combiner_of<kMethod>(table), step.count,
                                static_cast<unsigned>(rest < kVectors ? rest : kVectors), rows,
                                store, shared);
    }
  });
}

/// What a block of long steps does: each thread looks for the step of one piece of ids, then all
/// write a slice of each that was found. `find(piece)` returns a LongStep; `write(step, slice)`
/// writes it, all threads taking part.
template <class Find, class Write>
__device__ __forceinline__ void for_each_long_step(const LongPlan& plan, const Find& find,
                                                   const Write& write, LongShared& shared) {
  const auto [batch, slice] = plan.by_slices.split(blockIdx.x);
  const std::int64_t piece = batch * kThreads + threadIdx.x;
  if (threadIdx.x == 0) shared.count = 0;
  __syncthreads();
  const LongStep step = piece < plan.pieces ? find(piece) : kNoStep;
  if (step.slot >= 0) shared.steps[atomicAdd(&shared.count, 1U)] = step;
  __syncthreads();
#pragma unroll 1
  for (unsigned i = 0; i < shared.count; ++i) write(shared.steps[i], slice);
}

}  // namespace seqfeat::cuda
