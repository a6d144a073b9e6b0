// SPDX-License-Identifier: Apache-2.0
#include "seqfeat/combine.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include "cpu/ops.hpp"

namespace seqfeat::cpu {
namespace {

using detail::TableRule;

/// Neighbouring floats in one register: each computes what it would alone.
using Lanes = float __attribute__((vector_size(16)));

template <class Value>
Value load(const float* from) noexcept {
  Value value;
  std::memcpy(&value, from, sizeof value);
  return value;
}

const float* row_of(const TableRule& table, std::int64_t id) noexcept {
  return id >= 0 && id < table.rows ? table.data + id * table.pitch : nullptr;
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
  std::memcpy(out + d, &value, sizeof value);
}

}  // namespace

void combine_rows(const TableRule& table, const std::int64_t* ids, const float* norms,
                  std::int64_t n, float* out) {
  const auto bytes = static_cast<std::size_t>(table.dim) * sizeof(float);
  const float* only = n == 1 && norms == nullptr ? row_of(table, ids[0]) : nullptr;
  if (only != nullptr) {
    std::memcpy(out, only, bytes);
    return;
  }
  if (n == 0) {
    std::memset(out, 0, bytes);
    return;
  }
  constexpr std::int64_t kLanes = sizeof(Lanes) / sizeof(float);
  std::int64_t d = 0;
  for (; d + kLanes <= table.dim; d += kLanes) combine_at<Lanes>(table, ids, norms, n, d, out);
  for (; d < table.dim; ++d) combine_at<float>(table, ids, norms, n, d, out);
}

float norm_of_row(const TableRule& table, std::int64_t id) {
  const float* row = row_of(table, id);
  if (row == nullptr) return 0.0F;
  const auto element = [row](std::int64_t d) { return row[d]; };
  std::array<float, 32> lanes{};
  if (table.dim >= 32) {
    for (int lane = 0; lane < 32; ++lane) {
      lanes[static_cast<std::size_t>(lane)] = squares_of_lane(lane, table.dim, element);
    }
  }
  return norm_from_lanes(table.dim, element,
                         [&](int lane) { return lanes[static_cast<std::size_t>(lane)]; });
}

void lookup(ThreadPool& pool, const detail::LookupArgs& args) {
  const TableRule& table = args.table;
  const std::int64_t pieces = pieces_for(pool, 4 * table.dim * (args.steps + args.id_count));
  const std::int64_t size = (args.steps + pieces - 1) / pieces;
  pool.run(pieces, [&](std::int64_t piece) {
    for (std::int64_t s = piece * size; s < std::min(args.steps, (piece + 1) * size); ++s) {
      const bool single = args.step_offsets.absent();
      const std::int64_t begin = single ? s : clamp_offset(args.step_offsets[s], args.id_count);
      const std::int64_t end =
          single ? s + 1 : clamp_offset(args.step_offsets[s + 1], args.id_count);
      const std::int64_t* ids = args.ids + begin;
      const std::int64_t n = std::max<std::int64_t>(end - begin, 0);
      float* norms = table.clips ? args.norms + begin : nullptr;
      for (std::int64_t i = 0; i < n && norms != nullptr; ++i)
        norms[i] = norm_of_row(table, ids[i]);
      combine_rows(table, ids, norms, n, args.out + s * args.out_pitch);
    }
  });
}

}  // namespace seqfeat::cpu
