// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "backend/ops.hpp"
#include "cpu/simd.hpp"
#include "cpu/thread_pool.hpp"

// The ops of the CPU backend: loops over the functions that say what an op means.

namespace seqfeat::cpu {

void hash(ThreadPool& pool, const detail::HashArgs& args);
void lookup(ThreadPool& pool, const detail::LookupArgs& args);
void sequence_features(ThreadPool& pool, const detail::LayerArgs& args);

/// Ids, and norms where a column clips, of every value of a batch.
[[nodiscard]] std::int64_t scratch_bytes(const detail::LayerShape& shape) noexcept;

/// Hashes values [begin, end) of `args` to `args.out[begin, end)`.
void hash_range(const detail::HashArgs& args, std::int64_t begin, std::int64_t end);

/// The same with given instructions, which must be available.
void hash_range(Simd simd, const detail::HashArgs& args, std::int64_t begin, std::int64_t end);

/// Writes the combined vector of `n` ids, dim floats, to `out`. `norms` stand beside the ids where
/// the rule clips. Ids outside the table count as rows of zeros.
void combine_rows(const detail::TableRule& table, const std::int64_t* ids, const float* norms,
                  std::int64_t n, float* out);

/// The norm of a table's row; 0 for an id outside the table.
[[nodiscard]] float norm_of_row(const detail::TableRule& table, std::int64_t id);

/// How many pieces to cut `work` (bytes, or anything as dear) into: none for little work, several a
/// thread else, so that uneven pieces even out.
[[nodiscard]] std::int64_t pieces_for(const ThreadPool& pool, std::int64_t work) noexcept;

}  // namespace seqfeat::cpu
