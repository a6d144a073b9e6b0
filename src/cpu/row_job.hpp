// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>

#include "cpu/training.hpp"
#include "seqfeat/combine.hpp"

// What the loops over rows work on, and a table of them, of which each SIMD level has one.
// gradient_rows.hpp, update_rows.hpp and sum_rows.hpp have the loops.

namespace seqfeat::cpu {

/// How far ahead of their use gradients are asked for, in contributions, and tables and state, in
/// runs: as long as memory takes.
inline constexpr std::int64_t kAhead = 12;

struct RowLoops;

/// Runs of one table.
struct RowJob {
  const RowLoops* loops = nullptr;
  const Contributions* contributions = nullptr;
  GradientArgs gradient;
  const detail::TrainedTable* table = nullptr;
  const UpdateArgs* step = nullptr;
  const detail::TrainedState* state = nullptr;
  SparseRows sparse;            ///< Or: where the sums of runs go,
  std::int64_t first_run = 0;   ///< the first of which is the table's first run.
  std::int64_t part_pitch = 0;  ///< From one part's sum to the next.
  float* buffer = nullptr;      ///< A row.
};

/// Asks for the lines of `count` elements at `at`.
template <class Element>
[[gnu::always_inline]] inline void ask_for(const Element* at, std::int64_t count) noexcept {
  constexpr std::int64_t kLine = 64;
  constexpr std::int64_t kMost = 16 * kLine;  // from there on the processor asks by itself
  const auto* bytes = reinterpret_cast<const char*>(at);
  const std::int64_t size = std::min(count * static_cast<std::int64_t>(sizeof(Element)), kMost);
  for (std::int64_t i = 0; i < size; i += kLine) __builtin_prefetch(bytes + i);
  __builtin_prefetch(bytes + size - 1);  // where it begins within a line
}

/// Asks for the gradients of contributions, each once and in their order, some before they are
/// used.
class GradientsAhead {
 public:
  /// Of contributions [begin, end), which are of one table.
  GradientsAhead(const RowJob& job, std::int64_t begin, std::int64_t end) noexcept
      : c_(*job.contributions),
        rows_(static_cast<const char*>(job.gradient.data)),
        size_(size_of(job.gradient.type)),
        row_bytes_(job.table->dim * size_),
        next_(begin),
        end_(end) {}

  /// The contributions before `to` are about to be used.
  [[gnu::always_inline]] void ask_before(std::int64_t to) noexcept {
    to = std::min(end_, to + kAhead);
    for (; next_ < to; ++next_) ask_for(rows_ + c_.place(next_) * size_, row_bytes_);
  }
  /// Those before `to` are not used.
  void skip_to(std::int64_t to) noexcept { next_ = std::max(next_, to); }

 private:
  const Contributions c_;  // a copy, so that the compiler knows that no store changes it
  const char* rows_;
  std::int64_t size_;
  std::int64_t row_bytes_;
  std::int64_t next_;
  std::int64_t end_;
};

/// Where rows of a table stand.
struct FoundRows {
  static constexpr std::int64_t kMost = 64;

  std::int64_t count = 0;
  const void* at[kMost];  // NOLINT: an array of C's, as in Floats; written up to `count`
};

/// The loops of one SIMD level; a type stands at the number of its enumerator.
struct RowLoops {
  using Sum = void (*)(const RowJob& job, std::int64_t begin, std::int64_t end,
                       GradientsAhead& ahead, float* out);
  using SumRows = void (*)(const float* rows, std::int64_t n, std::int64_t pitch, std::int64_t dim,
                           float* out);
  using Runs = void (*)(const RowJob& job, std::int64_t first, std::int64_t end);
  using Combine = void (*)(Combiner combiner, const FoundRows& rows, const FoundRows& ahead,
                           std::int64_t dim, float* out);
  using CombineWeighted = void (*)(Combiner combiner, const FoundRows& rows,
                                   const ValueWeight* weights, const FoundRows& ahead,
                                   std::int64_t dim, float* out);

  Sum sum[3];                ///< By the gradient's type. NOLINT(modernize-avoid-c-arrays)
  SumRows sum_side_by_side;  ///< Of the sums of a long run's parts.
  Runs update[5][3];   ///< By optimizer and the table's type. NOLINT(modernize-avoid-c-arrays)
  Runs write[3];       ///< Sums of runs to a sparse gradient, by the table's type. NOLINT
  Combine combine[3];  ///< Of steps whose rows were found, by the table's type. NOLINT
  CombineWeighted combine_weighted[3];  ///< The same of rows that have weights. NOLINT
};

/// The loops for the widest vectors that may be used.
[[nodiscard]] const RowLoops& row_loops() noexcept;

}  // namespace seqfeat::cpu
