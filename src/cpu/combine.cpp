// SPDX-License-Identifier: Apache-2.0
#include "seqfeat/combine.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include "cpu/gather.hpp"
#include "cpu/ops.hpp"

namespace seqfeat::cpu {
namespace {

using detail::TableRule;

/// Neighbouring floats in one register: each computes what it would alone.
using Lanes = float __attribute__((vector_size(16)));
constexpr std::int64_t kLanes = sizeof(Lanes) / sizeof(float);

template <class Value>
Value load(const float* from) noexcept {
  Value value;
  std::memcpy(&value, from, sizeof value);
  return value;
}
template <class Value>
void store(float* to, const Value& value) noexcept {
  std::memcpy(to, &value, sizeof value);
}

/// Elements from `d` on of the combined vector, as many as a Value holds.
template <class Value>
void combine_at(const TableRule& table, const std::int64_t* ids, const float* norms, std::int64_t n,
                std::int64_t d, float* out) {
  const auto row = [&](std::int64_t i) {
    const float* from = row_of(table, ids[i]);
    if (from == nullptr) return Value{};
    const auto value = load<Value>(from + d);
    return norms == nullptr ? value : clip(value, norms[i], table.max_norm);
  };
  const Value value = combine(table.combiner, n, row);
  store(out + d, value);
}

/// Copies a row's floats, short ones without a call: the last packet overlaps the one before it.
[[gnu::always_inline]] inline void copy_row(const float* from, std::int64_t dim,
                                            float* to) noexcept {
  if (dim >= 8 * kLanes) {
    std::memcpy(to, from, static_cast<std::size_t>(dim) * sizeof(float));
    return;
  }
  if (dim < kLanes) {
    for (std::int64_t d = 0; d < dim; ++d) to[d] = from[d];
    return;
  }
  const auto copy = [from, to](std::int64_t d) { store(to + d, load<Lanes>(from + d)); };
  for (std::int64_t d = 0; d + kLanes < dim; d += kLanes) copy(d);
  copy(dim - kLanes);
}

/// The combined vector of `n` ids.
void combine_rows(const TableRule& table, const std::int64_t* ids, const float* norms,
                  std::int64_t n, float* out) {
  std::int64_t d = 0;
  for (; d + kLanes <= table.dim; d += kLanes) combine_at<Lanes>(table, ids, norms, n, d, out);
  for (; d < table.dim; ++d) combine_at<float>(table, ids, norms, n, d, out);
}

/// The norm of a table's row; 0 for an id outside the table.
float norm_of_row(const TableRule& table, std::int64_t id) {
  const float* row = row_of(table, id);
  if (row == nullptr) return 0.0F;
  const auto element = [row](std::int64_t d) { return row[d]; };
  std::array<float, 32> lanes{};
  // What squares_of_lane says of each lane, for all of them at once.
  for (std::int64_t d = 0; d + 32 <= table.dim; d += 32) {
    for (std::size_t lane = 0; lane < 32; ++lane) {
      const float v = row[d + static_cast<std::int64_t>(lane)];
      lanes[lane] = lanes[lane] + v * v;
    }
  }
  return norm_from_lanes(table.dim, element,
                         [&](int lane) { return lanes[static_cast<std::size_t>(lane)]; });
}

/// A row's floats, or zeros for null.
[[gnu::always_inline]] inline void put_row(const float* row, std::int64_t dim,
                                           float* out) noexcept {
  if (row != nullptr) {
    copy_row(row, dim, out);
  } else {
    std::memset(out, 0, static_cast<std::size_t>(dim) * sizeof(float));
  }
}

}  // namespace

void combine_steps(const TableRule& table, const HashedSteps& steps, std::int64_t step,
                   std::int64_t count, float* out, std::int64_t pitch) {
  const RaggedView& view = steps.view;
  if (steps_are_rows(table, view)) {
    for_each_row(table, steps, step, count, [&out, pitch, dim = table.dim](const float* row) {
      put_row(row, dim, out);
      out += pitch;
    });
    return;
  }
  const std::int64_t known = value_at(view, steps.end);
  for (std::int64_t s = step; s < step + count; ++s, out += pitch) {
    const StepRange values = values_of_step(view, s);
    const std::int64_t* ids = steps.ids + values.begin;
    float* norms = table.clips ? steps.norms + values.begin : nullptr;
    for (std::int64_t i = 0; i < values.count; ++i) {
      if (steps.asks_ahead && values.begin + i + kRowsAhead < known) {
        prefetch_row(table, ids[i + kRowsAhead]);
      }
      if (norms != nullptr) norms[i] = norm_of_row(table, ids[i]);
    }
    if (values.count == 1 && norms == nullptr) {
      put_row(row_of(table, ids[0]), table.dim, out);
    } else {
      combine_rows(table, ids, norms, values.count, out);
    }
  }
}

void lookup(ThreadPool& pool, const detail::LookupArgs& args) {
  RaggedView view;
  view.step_offsets = args.step_offsets;
  view.value_count = args.id_count;
  const std::int64_t mean_ids = args.id_count / std::max<std::int64_t>(args.steps, 1);
  const Cut cut(args.steps, 4 * args.table.dim * (1 + mean_ids));
  const bool asks_ahead = args.table.rows > kCachedFloats / args.table.dim;
  pool.run(cut.pieces, [&](std::int64_t piece) {
    const std::int64_t begin = piece * cut.size;
    combine_steps(args.table, {view, args.ids, args.norms, args.steps, asks_ahead}, begin,
                  std::min(args.steps - begin, cut.size), args.out + begin * args.out_pitch,
                  args.out_pitch);
  });
}

}  // namespace seqfeat::cpu
