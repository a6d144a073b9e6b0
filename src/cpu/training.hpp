// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include "backend/training_ops.hpp"
#include "cpu/thread_pool.hpp"

// The training ops of the CPU backend, and the memory that they hand on to each other.

namespace seqfeat::cpu {

using detail::GradientArgs;
using detail::SparseRows;
using detail::TrainingArgs;
using detail::TrainingShape;
using detail::UpdateArgs;

void keep_contributions(ThreadPool& pool, const detail::LayerArgs& layer, const TrainingArgs& args);
void group(ThreadPool& pool, const TrainingArgs& args);
void sum_gradients(ThreadPool& pool, const TrainingArgs& args, const GradientArgs& gradient,
                   const SparseRows* tables);
void update(ThreadPool& pool, const TrainingArgs& args, const GradientArgs& gradient,
            const UpdateArgs& step);
void weight_gradients(ThreadPool& pool, const detail::LayerArgs& layer,
                      const detail::WeightGradientArgs& args);
void apply(ThreadPool& pool, const detail::AppliedRows& rows, const UpdateArgs& step);
[[nodiscard]] std::int64_t training_scratch_bytes(const TrainingShape& shape) noexcept;

/// A contribution in one word, as long as all scales are 1 and numbers are small: the key above,
/// and its place in units (Contributions::unit) below.
using NarrowRecord = std::uint64_t;

/// The place of a narrow record, in units.
[[nodiscard]] constexpr std::int64_t units_of(NarrowRecord record) noexcept {
  return static_cast<std::int64_t>(record & 0xffffffff);
}

/// Any contribution.
struct WideRecord {
  std::uint64_t key;
  std::uint32_t number;  ///< Its place is `Contributions::places[number]`.
  float scale;
};

/// A run of more contributions is summed in parts of as many, by several threads; a power of eight
/// (see BlockSums).
inline constexpr std::int64_t kPart = std::int64_t{1} << 12;

/// Rows of up to so many elements are summed on the stack; of wider ones, so many at a time in the
/// scratch memory.
inline constexpr std::int64_t kStackRow = 4096;
inline constexpr std::int64_t kWideRows = 16;

/// A run of more than kPart contributions.
struct LongRun {
  std::uint32_t run;
  std::uint32_t first_part;  ///< Of its parts' sums, among those of all long runs.
};

/// What `keep_contributions` and `group` leave, at the front of the scratch memory.
struct Contributions {
  bool wide = false;
  std::int64_t unit = 1;   ///< All places of narrow records are multiples of it.
  std::int64_t count = 0;  ///< Records; behind `group` only those that have a row.
  std::int64_t runs = 0;
  std::int64_t long_runs = 0;
  std::int64_t parts = 0;
  void* records = nullptr;        ///< Behind `group` in the order of keys.
  void* other_records = nullptr;  ///< Room for as many.
  std::int64_t* places = nullptr;
  std::uint32_t* starts = nullptr;  ///< [runs + 1]
  LongRun* long_list = nullptr;     ///< [long_runs]
  std::uint32_t* histograms = nullptr;
  float* part_sums = nullptr;  ///< [parts, widest]
  float* wide_rows = nullptr;  ///< [kWideRows, widest], where rows are too wide for the stack

  [[nodiscard]] const NarrowRecord* narrow() const noexcept {
    return static_cast<const NarrowRecord*>(records);
  }
  [[nodiscard]] const WideRecord* broad() const noexcept {
    return static_cast<const WideRecord*>(records);
  }
  [[nodiscard]] std::int64_t key(std::int64_t i) const noexcept {
    return static_cast<std::int64_t>(wide ? broad()[i].key : narrow()[i] >> 32);
  }
  /// Where the gradient of contribution `i` begins.
  [[nodiscard]] std::int64_t place(std::int64_t i) const noexcept {
    return wide ? detail::place_in_gradient(places[broad()[i].number])
                : units_of(narrow()[i]) * unit;
  }
  /// Whether wide contribution `i` is that of a weighted value.
  [[nodiscard]] bool is_weighted(std::int64_t i) const noexcept {
    return places[broad()[i].number] < 0;
  }
  [[nodiscard]] float scale(std::int64_t i) const noexcept {
    return wide ? broad()[i].scale : 1.0F;
  }
};

/// Finds the memory's parts and says where they are at its front.
Contributions& lay_out(const TrainingArgs& args) noexcept;
/// The same, as it was left.
[[nodiscard]] inline Contributions& contributions_of(const TrainingArgs& args) noexcept {
  return *static_cast<Contributions*>(args.scratch);
}

/// Radix sort: digits of at most so many bits, and at most so many threads.
inline constexpr int kDigitBits = 11;
inline constexpr std::int64_t kSorters = 16;

}  // namespace seqfeat::cpu
