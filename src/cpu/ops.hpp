// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "backend/ops.hpp"
#include "backend/simd.hpp"
#include "cpu/elements.hpp"
#include "cpu/thread_pool.hpp"
#include "seqfeat/combine.hpp"

// The ops of the CPU backend: loops over the functions that say what an op means.

namespace seqfeat::cpu {

using detail::Simd;

void hash(ThreadPool& pool, const detail::HashArgs& args);
void map(ThreadPool& pool, const detail::MapArgs& args);
void lookup(ThreadPool& pool, const detail::LookupArgs& args);
void sequence_features(ThreadPool& pool, const detail::LayerArgs& args);

/// Ids, norms where a column clips, and weights where one is weighted, of every value of a batch.
[[nodiscard]] std::int64_t scratch_bytes(const detail::LayerShape& shape) noexcept;

/// Hashes values [begin, end) of `args` to `args.out[begin, end)`.
void hash_range(const detail::HashArgs& args, std::int64_t begin, std::int64_t end);

/// The same with given instructions, which must be available.
void hash_range(Simd simd, const detail::HashArgs& args, std::int64_t begin, std::int64_t end);

/// Writes the ids of values [begin, end) of `view` to `ids[begin, end)`.
void map_range(const IdSource& source, const RaggedView& view, std::int64_t begin, std::int64_t end,
               std::int64_t* ids) noexcept;

/// Writes the ids of steps [begin, end) of a crossed column to their places from `ids` on.
void cross_range(const detail::BatchFeature* features, const detail::ColumnData& column,
                 std::int64_t begin, std::int64_t end, std::int64_t* ids) noexcept;

/// Closes up the ids of steps [begin, end) (see detail::closes_up).
void close_up(const RaggedView& view, std::int64_t begin, std::int64_t end,
              std::int64_t* ids) noexcept;

/// Closes up the ids of steps [begin, end) of a weighted column: those that have rows and are not
/// left out move to the front of their step, in order, and their weights beside them to `out`.
/// `weights` has the weights of all values of `view`.
void close_up_weighted(Combiner combiner, const RaggedView& view, const RaggedView& weights,
                       std::int64_t begin, std::int64_t end, std::int64_t* ids, ValueWeight* out);

/// Steps whose values have become ids.
struct StepIds {
  const RaggedView& view;
  detail::Ids ids;         ///< Of all values of `view`; those outside the table are rows of zeros.
  float* norms;            ///< Memory beside the ids, to be written where the rule clips.
  std::int64_t end;        ///< Ids are there up to this step.
  bool asks_ahead;         ///< Rows are not in the caches: those of later steps are asked for.
  bool closed_up = false;  ///< See detail::closes_up.
  const ValueWeight* weights = nullptr;  ///< Beside the ids, where the rule is weighted.
};

/// Writes the combined vectors of steps [step, step + count) to `out`, `pitch` elements apart.
void combine_steps(const detail::TableRule& table, const StepIds& steps, std::int64_t step,
                   std::int64_t count, Cells out, std::int64_t pitch);

/// Writes the numbers of steps [step, step + count) of a numeric column, `pitch` elements apart.
void write_numbers(const detail::ColumnData& column, const RaggedView& view, std::int64_t step,
                   std::int64_t count, Cells out, std::int64_t pitch);

/// Writes what padding holds in a numeric column: `count` slots, `pitch` elements apart.
void fill_numbers(const detail::ColumnData& column, std::int64_t count, Cells out,
                  std::int64_t pitch);

/// Writes how often each of `width` buckets stands in steps [step, step + count), `pitch` elements
/// apart. Ids of others are not counted.
void count_steps(const RaggedView& view, const std::int64_t* ids, std::int64_t width,
                 std::int64_t step, std::int64_t count, Cells out, std::int64_t pitch);

/// Work cut into chunks for threads.
struct Chunks {
  /// Cuts `items`, each of which takes as long as to move `bytes` bytes. Little work stays in one
  /// chunk. Chunks are small enough that `threads` threads finish together, and that what a chunk
  /// writes and reads again stays in the caches.
  Chunks(std::int64_t items, std::int64_t bytes, int threads) noexcept;

  std::int64_t count;
  std::int64_t size;  ///< Items of every chunk but the last.
};

}  // namespace seqfeat::cpu
