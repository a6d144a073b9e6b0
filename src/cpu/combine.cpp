// SPDX-License-Identifier: Apache-2.0
#include "seqfeat/combine.hpp"

#include <array>
#include <cstring>
#include <type_traits>

#include "cpu/gather.hpp"
#include "cpu/ops.hpp"

namespace seqfeat::cpu {
namespace {

using detail::TableRule;

/// Neighbouring floats in one register: each computes what it would alone.
using Lanes = float __attribute__((vector_size(16)));
constexpr std::int64_t kLanes = sizeof(Lanes) / sizeof(float);

/// Elements as float32, as many as a Value holds.
template <class Value, class Element>
Value load(const Element* from) noexcept {
  Value value{};
  if constexpr (std::is_same_v<Element, float>) {
    std::memcpy(&value, from, sizeof value);
  } else if constexpr (std::is_same_v<Value, float>) {
    value = widened(*from);
  } else {
    for (std::int64_t lane = 0; lane < kLanes; ++lane) value[lane] = widened(from[lane]);
  }
  return value;
}
template <class Value, class Element>
void store(Element* to, const Value& value) noexcept {
  if constexpr (std::is_same_v<Element, float>) {
    std::memcpy(to, &value, sizeof value);
  } else if constexpr (std::is_same_v<Value, float>) {
    *to = rounded<Element>(value);
  } else {
    for (std::int64_t lane = 0; lane < kLanes; ++lane) to[lane] = rounded<Element>(value[lane]);
  }
}

/// Elements from `d` on of the combined vector, as many as a Value holds.
template <class Value, class In, class Id, class Out>
void combine_at(const TableRule& table, const Id* ids, const float* norms, std::int64_t n,
                std::int64_t d, Out* out) {
  const auto row = [&](std::int64_t i) {
    const In* from = row_of<In>(table, ids[i]);
    if (from == nullptr) return Value{};
    const auto value = load<Value>(from + d);
    return norms == nullptr ? value : clip(value, norms[i], table.max_norm);
  };
  const Value value = combine(table.combiner, n, row);
  store(out + d, value);
}

/// The combined vector of `n` ids.
template <class In, class Id, class Out>
void combine_rows(const TableRule& table, const Id* ids, const float* norms, std::int64_t n,
                  Out* out) {
  std::int64_t d = 0;
  for (; d + kLanes <= table.dim; d += kLanes) combine_at<Lanes, In>(table, ids, norms, n, d, out);
  for (; d < table.dim; ++d) combine_at<float, In>(table, ids, norms, n, d, out);
}

/// Copies a row as it stands, short ones without a call: the last packet overlaps the one before
/// it.
template <class Element>
[[gnu::always_inline]] inline void copy_row(const Element* from, std::int64_t dim,
                                            Element* to) noexcept {
  using Packet = char __attribute__((vector_size(16)));
  constexpr std::int64_t kPacket = sizeof(Packet) / sizeof(Element);
  if (dim >= 8 * kPacket) {
    std::memcpy(to, from, static_cast<std::size_t>(dim) * sizeof(Element));
    return;
  }
  if (dim < kPacket) {
    for (std::int64_t d = 0; d < dim; ++d) to[d] = from[d];
    return;
  }
  const auto copy = [from, to](std::int64_t d) {
    Packet packet;
    std::memcpy(&packet, from + d, sizeof packet);
    std::memcpy(to + d, &packet, sizeof packet);
  };
  for (std::int64_t d = 0; d + kPacket < dim; d += kPacket) copy(d);
  copy(dim - kPacket);
}

/// A row as the output's elements, or zeros for null.
template <class In, class Out>
[[gnu::always_inline]] inline void put_row(const In* row, std::int64_t dim, Out* out) noexcept {
  if (row == nullptr) {
    std::memset(out, 0, static_cast<std::size_t>(dim) * sizeof(Out));
  } else if constexpr (std::is_same_v<In, Out>) {
    copy_row(row, dim, out);
  } else {
    for (std::int64_t d = 0; d < dim; ++d) out[d] = rounded<Out>(widened(row[d]));
  }
}

/// The norm of a table's row; 0 for an id outside the table.
template <class Element>
float norm_of_row(const TableRule& table, std::int64_t id) {
  const Element* row = row_of<Element>(table, id);
  if (row == nullptr) return 0.0F;
  const auto element = [row](std::int64_t d) { return widened(row[d]); };
  std::array<float, 32> lanes{};
  // What squares_of_lane says of each lane, for all of them at once.
  for (std::int64_t d = 0; d + 32 <= table.dim; d += 32) {
    for (std::size_t lane = 0; lane < 32; ++lane) {
      const float v = element(d + static_cast<std::int64_t>(lane));
      lanes[lane] = lanes[lane] + v * v;
    }
  }
  return norm_from_lanes(table.dim, element,
                         [&](int lane) { return lanes[static_cast<std::size_t>(lane)]; });
}

/// `combine_steps` for one type of each: of tables, ids and outputs.
template <class In, class Id, class Out>
void combine_typed(const TableRule& table, const HashedSteps& steps, const Id* all_ids,
                   std::int64_t step, std::int64_t count, Out* out, std::int64_t pitch) {
  const RaggedView& view = steps.view;
  const std::int64_t known = value_at(view, steps.end);
  for (std::int64_t s = step; s < step + count; ++s, out += pitch) {
    const StepRange values = values_of_step(view, s);
    const Id* ids = all_ids + values.begin;
    float* norms = table.clips ? steps.norms + values.begin : nullptr;
    for (std::int64_t i = 0; i < values.count; ++i) {
      if (steps.asks_ahead && values.begin + i + kRowsAhead < known) {
        prefetch_row(table, ids[i + kRowsAhead]);
      }
      if (norms != nullptr) norms[i] = norm_of_row<In>(table, ids[i]);
    }
    if (values.count == 1 && norms == nullptr) {
      put_row(row_of<In>(table, ids[0]), table.dim, out);
    } else {
      combine_rows<In>(table, ids, norms, values.count, out);
    }
  }
}

}  // namespace

void combine_steps(const TableRule& table, const HashedSteps& steps, std::int64_t step,
                   std::int64_t count, Cells out, std::int64_t pitch) {
  with_element(table.type, [&]<class In>(In) {
    with_element(out.type, [&]<class Out>(Out) {
      auto* to = static_cast<Out*>(out.data);
      if (steps_are_rows(table, steps.view)) {
        for_each_row<In>(table, steps, step, count, [&to, pitch, dim = table.dim](const In* row) {
          put_row(row, dim, to);
          to += pitch;
        });
        return;
      }
      with_ids(steps.ids, [&](const auto* ids) {
        combine_typed<In>(table, steps, ids, step, count, to, pitch);
      });
    });
  });
}

}  // namespace seqfeat::cpu
