// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstring>

#include "cpu/ops.hpp"

namespace seqfeat::cpu {
namespace {

using detail::BatchFeature;
using detail::BatchHeader;
using detail::ColumnData;
using detail::ColumnKind;
using detail::LayerArgs;

/// Where ids and norms of a batch stand, column behind column.
struct Scratch {
  std::int64_t* ids;
  float* norms;
};

Scratch scratch_of(const LayerArgs& args) noexcept {
  auto* base = static_cast<std::int64_t*>(args.scratch);
  // Ids that the caller wants are formed in his memory; norms follow the ids in any case.
  return {args.ids != nullptr ? args.ids : base, reinterpret_cast<float*>(base + args.shape.ids)};
}

/// Slots [begin, end) of row `row` that hold steps, the first of which is `first_step`.
struct Run {
  std::int64_t row;
  std::int64_t begin;
  std::int64_t end;
  std::int64_t first_step;  // counted from the row's first kept step
};

/// What of row `row` falls into slots [from, to): at most one run, for steps stand side by side.
Run run_of(PadRule rule, std::int64_t kept, std::int64_t row, std::int64_t from, std::int64_t to,
           std::int64_t width) {
  const std::int64_t first = rule.left ? width - kept : 0;
  const std::int64_t begin = std::clamp(first, from, to);
  const std::int64_t end = std::clamp(first + kept, begin, to);
  return {row, begin, end, begin - first};
}

/// One column over one run: hash, then gather and combine, or count.
void fill_run(const LayerArgs& args, const ColumnData& column, std::int64_t first_id,
              const Run& run, float* row_values) {
  const BatchFeature& feature = detail::features_of(args.header)[column.feature];
  const RaggedView& view = feature.view;
  const Scratch scratch = scratch_of(args);
  std::int64_t* ids = scratch.ids + first_id;
  const std::int64_t step = kept_steps(feature, args.rule, run.row).begin + run.first_step;
  const std::int64_t steps = run.end - run.begin;
  const StepRange first = values_of_step(view, step);
  const StepRange last = values_of_step(view, step + steps - 1);
  hash_range({view.dtype, view.data, view.byte_offsets, view.value_count, view.bytes, true,
              column.buckets, ids},
             first.begin, last.begin + last.count);
  if (args.values == nullptr || column.kind == ColumnKind::ids_only) return;

  float* norms = column.table.clips ? scratch.norms + first_id : nullptr;
  float* out = row_values + run.begin * args.shape.row_floats + column.offset;
  for (std::int64_t s = step; s < step + steps; ++s, out += args.shape.row_floats) {
    const StepRange values = values_of_step(view, s);
    const std::int64_t* step_ids = ids + values.begin;
    if (column.kind == ColumnKind::indicator) {
      std::memset(out, 0, static_cast<std::size_t>(column.width) * sizeof(float));
      for (std::int64_t i = 0; i < values.count; ++i) out[step_ids[i]] += 1.0F;
      continue;
    }
    float* step_norms = norms == nullptr ? nullptr : norms + values.begin;
    for (std::int64_t i = 0; i < values.count && step_norms != nullptr; ++i) {
      step_norms[i] = norm_of_row(column.table, step_ids[i]);
    }
    combine_rows(column.table, step_ids, step_norms, values.count, out);
  }
}

/// Zeros in slots [begin, end) of a row, over all columns.
void fill_padding(const LayerArgs& args, float* row_values, std::int64_t begin, std::int64_t end) {
  if (end <= begin || args.values == nullptr) return;
  const std::int64_t floats = (end - begin) * args.shape.row_floats;
  if (floats > 0) {
    std::memset(row_values + begin * args.shape.row_floats, 0,
                static_cast<std::size_t>(floats) * sizeof(float));
  }
}

/// Slots [from, to) of row `row`.
void fill_row(const LayerArgs& args, std::int64_t row, std::int64_t from, std::int64_t to) {
  const BatchHeader& header = *args.header;
  const BatchFeature* features = detail::features_of(&header);
  const std::int64_t* first_ids = detail::first_ids_of(&header);
  const std::int64_t kept = kept_steps(features[args.columns[0].feature], args.rule, row).count;
  const Run run = run_of(args.rule, kept, row, from, to, header.width);
  if (args.mask != nullptr) {
    std::uint8_t* mask = args.mask + row * header.width;
    std::memset(mask + from, 0, static_cast<std::size_t>(to - from));
    std::memset(mask + run.begin, 1, static_cast<std::size_t>(run.end - run.begin));
  }
  if (args.values == nullptr && args.ids == nullptr) return;
  float* row_values =
      args.values == nullptr ? nullptr : args.values + row * header.width * args.shape.row_floats;
  fill_padding(args, row_values, from, run.begin);
  fill_padding(args, row_values, run.end, to);
  if (run.end == run.begin) return;
  for (std::int32_t c = 0; c < header.columns; ++c) {
    fill_run(args, args.columns[c], first_ids[c], run, row_values);
  }
}

}  // namespace

std::int64_t scratch_bytes(const detail::LayerShape& shape) noexcept {
  constexpr std::int64_t kId = sizeof(std::int64_t);
  constexpr std::int64_t kNorm = sizeof(float);
  return shape.ids * (kId + (shape.clips ? kNorm : 0));
}

void sequence_features(ThreadPool& pool, const LayerArgs& args) {
  const BatchHeader& header = *args.header;
  *args.status = detail::kStatusOk;
  const BatchFeature& first = detail::features_of(&header)[args.columns[0].feature];
  for (std::int64_t row = 0; row < args.shape.rows; ++row) {
    args.lengths[row] = row < header.rows ? kept_steps(first, args.rule, row).count : 0;
  }
  const std::int64_t slots = header.rows * header.width;
  const std::int64_t pieces = pieces_for(pool, 4 * slots * args.shape.row_floats + 32 * slots);
  const std::int64_t size = (slots + pieces - 1) / pieces;
  pool.run(pieces, [&](std::int64_t piece) {
    const std::int64_t end = std::min(slots, (piece + 1) * size);
    for (std::int64_t slot = piece * size; slot < end;) {
      const std::int64_t row = slot / header.width;
      const std::int64_t from = slot - row * header.width;
      const std::int64_t to = std::min(header.width, from + end - slot);
      fill_row(args, row, from, to);
      slot += to - from;
    }
  });
}

}  // namespace seqfeat::cpu
