// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "cuda/columns.cuh"
#include "cuda/launch.cuh"
#include "seqfeat/modulo.hpp"

// What only the device can see of features that come from one.

namespace seqfeat::cuda {

/// How offset `to` >= 0 compares with the end of its level: below 0, 0 or above.
struct LevelEnd {
  std::int64_t end;
  std::int64_t factor = 1;  ///< The level ends where offset * factor is `end`.

  __device__ int compare(std::int64_t to) const {
    const auto a = static_cast<std::uint64_t>(to);
    const auto b = static_cast<std::uint64_t>(factor);
    if (multiply_high(a, b) != 0) return 1;
    const std::uint64_t at = a * b;
    const auto expected = static_cast<std::uint64_t>(end);
    return at < expected ? -1 : at > expected ? 1 : 0;
  }
};

/// True if element `i` of a level is wrong: it starts at 0, does not decrease, ends at `end`.
__device__ inline bool breaks_level(const Offsets& offsets, std::int64_t i, std::int64_t elements,
                                    LevelEnd end) {
  const std::int64_t from = offsets[i];
  const std::int64_t to = offsets[i + 1];
  if (from < 0 || to < from || (i == 0 && from != 0)) return true;
  const int place = end.compare(to);
  return place > 0 || (i + 1 == elements && place != 0);
}

/// Where row offsets end: at the number of steps, which is not divided out.
__device__ inline LevelEnd end_of_rows(const RaggedView& view) {
  if (!view.step_offsets.absent()) return {view.step_limit()};
  return {view.values_per_step > 0 ? view.value_count : 0,
          view.values_per_step > 0 ? view.values_per_step : 1};
}

/// Looks at the steps of a row, step by lane: at their offsets and those of their values, unless
/// the caller vouches for them, and for steps of more than `most` values.
__device__ inline void check_steps(const RaggedView& view, std::int64_t row, std::int64_t rows,
                                   std::int64_t most, const Report& report) {
  const bool doubtful = !view.trusted;
  if (doubtful && breaks_level(view.row_offsets, row, rows, end_of_rows(view))) {
    if (threadIdx.x % 32 == 0) report(0, detail::Fault::row_offset);
    return;
  }
  const StepRange steps = steps_of_row(view, row);
  for (std::int64_t i = threadIdx.x % 32; i < steps.count; i += 32) {
    if (doubtful && !view.step_offsets.absent() &&
        breaks_level(view.step_offsets, steps.begin + i, view.step_limit(), {view.value_count})) {
      report(i, detail::Fault::step_offset);
      continue;
    }
    const StepRange values = values_of_step(view, steps.begin + i);
    if (values.count > most) report(i, detail::Fault::step_size);
    if (!doubtful || view.dtype != DType::string) continue;
    for (std::int64_t v = values.begin; v < values.begin + values.count; ++v) {
      const std::int64_t from = view.byte_offsets[v];
      const std::int64_t to = view.byte_offsets[v + 1];
      if (from < 0 || to < from || to > view.bytes) report(i, detail::Fault::byte_offset);
    }
  }
}

/// Looks for steps of a row that have another number of weights than of values, a step a lane.
/// Offsets that lie, and are reported elsewhere, are not followed.
__device__ inline void check_weights(const RaggedView& view, const RaggedView& weights,
                                     std::int64_t row, const Report& report) {
  const std::int64_t of_values = detail::given_steps(view, row).count;
  const std::int64_t of_weights = detail::given_steps(weights, row).count;
  const std::int64_t steps = of_values > of_weights ? of_values : of_weights;
  for (std::int64_t i = threadIdx.x % 32; i < steps; i += 32) {
    if (detail::values_in_row(view, row, i).count != detail::values_in_row(weights, row, i).count) {
      report(i, detail::Fault::weights);
    }
  }
}

/// The first column that reads the same feature; only there are its offsets looked at.
__device__ inline bool reads_first(const detail::ColumnData* columns, std::int32_t c) {
  for (std::int32_t before = 0; before < c; ++before) {
    if (columns[before].feature == columns[c].feature) return false;
  }
  return true;
}

/// What is asked of the rows of a batch.
struct RowChecks {
  explicit RowChecks(const detail::LayerArgs& args)
      : header(args.header),
        columns(args.columns),
        by_columns(args.shape.columns),
        rule(args.rule),
        too_long_is_fault(args.too_long_is_fault),
        blocks((args.shape.sizes.rows * args.shape.columns + kWarps - 1) / kWarps) {}

  detail::BatchHeader* header;
  const detail::ColumnData* columns;
  detail::Divisor by_columns;
  PadRule rule;
  bool too_long_is_fault;
  std::int64_t blocks;  ///< That they take.
};

/// A warp of block `block` looks at one row of one column, the column being the fastest index. It
/// reads offsets once, a step a lane.
__device__ inline void check_rows(const RowChecks& args, std::int64_t block) {
  const std::int64_t warp = block * kWarps + threadIdx.x / 32;
  const auto [row, column] = args.by_columns.split(warp);
  const auto c = static_cast<std::int32_t>(column);
  if (row >= args.header->sizes.rows || !reads_first(args.columns, c)) return;
  const detail::BatchFeature* features = detail::features_of(args.header);
  const RaggedView& view = features[args.columns[c].feature].view;
  const Report report(args.header, c, row);
  const detail::ColumnData& data = args.columns[c];
  const bool numeric = data.kind == detail::ColumnKind::numeric;
  if (numeric || !view.trusted) {
    const std::int64_t most = numeric ? data.width : INT64_MAX;
    check_steps(view, row, args.header->sizes.rows, most, report);
  }
  if (threadIdx.x % 32 != 0) return;
  const std::int64_t length = steps_of_row(view, row).count;
  const std::int64_t expected = steps_of_row(features[args.columns[0].feature].view, row).count;
  if (length != expected) report(length < expected ? length : expected, detail::Fault::length);
  if (args.too_long_is_fault && length > args.rule.max_length)
    report(args.rule.max_length, detail::Fault::too_long);
}

/// The same for the weights of one row of one column: their offsets, and that each value has one.
__device__ inline void check_row_weights(const RowChecks& args, std::int64_t block) {
  const std::int64_t warp = block * kWarps + threadIdx.x / 32;
  const auto [row, c] = args.by_columns.split(warp);
  if (row >= args.header->sizes.rows || args.columns[c].weights < 0) return;
  const detail::BatchFeature* features = detail::features_of(args.header);
  const RaggedView& weights = features[args.columns[c].weights].view;
  const Report report(args.header, c, row);
  check_steps(weights, row, args.header->sizes.rows, INT64_MAX, report);
  check_weights(features[args.columns[c].feature].view, weights, row, report);
}

}  // namespace seqfeat::cuda
