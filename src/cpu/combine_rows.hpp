// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstring>
#include <type_traits>

#include "cpu/gather.hpp"
#include "cpu/lanes.hpp"
#include "cpu/ops.hpp"
#include "cpu/row_job.hpp"
#include "seqfeat/combine.hpp"

// How the rows of a step become its vector, compiled for every type of tables, ids and outputs: a
// file for each type of tables, for one with all of them would be too large to be inlined well.

namespace seqfeat::cpu {

using detail::TableRule;

/// What stands beside the ids of a step; null where the rule does not ask for it.
struct Beside {
  const float* norms;
  const ValueWeight* weights;
};

/// Elements from `d` on of the combined vector, as many as a Value holds.
template <class Value, class In, bool kWeighs, class Id, class Out>
void combine_at(const TableRule& table, const Id* ids, const Beside& beside, std::int64_t n,
                std::int64_t d, Out* out) {
  const auto row = [&](std::int64_t i) {
    const In* from = row_of<In>(table, ids[i]);
    if (from == nullptr) return Value{};
    const auto value = load<Value>(from + d);
    return beside.norms == nullptr ? value : clip(value, beside.norms[i], table.max_norm);
  };
  if constexpr (kWeighs) {
    const auto product = [&](std::int64_t i) { return Value(row(i) * beside.weights[i].weight); };
    const Value total = combine(Combiner::sum, n, product);
    store(out + d, n > 0 ? finish_weighted(table.combiner, beside.weights->divisor, total) : total);
  } else {
    const Value value = combine(table.combiner, n, row);
    store(out + d, value);
  }
}

/// The combined vector of `n` ids. Flattened, for what is called here is called for every row.
template <class In, bool kWeighs, class Id, class Out>
[[gnu::flatten]] void combine_rows(const TableRule& table, const Id* ids, const Beside& beside,
                                   std::int64_t n, Out* out) {
  std::int64_t d = 0;
  for (; d + kLanes <= table.dim; d += kLanes) {
    combine_at<Lanes, In, kWeighs>(table, ids, beside, n, d, out);
  }
  for (; d < table.dim; ++d) combine_at<float, In, kWeighs>(table, ids, beside, n, d, out);
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
[[gnu::always_inline]] inline void store_row(const In* row, std::int64_t dim, Out* out) noexcept {
  if (row == nullptr) {
    std::memset(out, 0, static_cast<std::size_t>(dim) * sizeof(Out));
  } else if constexpr (std::is_same_v<In, Out>) {
    copy_row(row, dim, out);
  } else {
    std::int64_t d = 0;
    for (; d + kLanes <= dim; d += kLanes) store(out + d, load<Lanes>(row + d));
    for (; d < dim; ++d) store(out + d, load<float>(row + d));
  }
}

/// The norm of a table's row; 0 for an id outside the table.
template <class Element>
[[gnu::flatten]] float norm_of_row(const TableRule& table, std::int64_t id) {
  const auto* row = row_of<Element>(table, id);
  if (row == nullptr) return 0.0F;
  const auto element = [row](std::int64_t d) { return widened(row[d]); };
  std::array<Lanes, 32 / kLanes> squares{};
  for (std::size_t i = 0; i < squares.size(); ++i) {
    squares[i] = squares_of_lane<Lanes>(static_cast<int>(i) * kLanes, table.dim,
                                        [row](std::int64_t d) { return load<Lanes>(row + d); });
  }
  return norm_from_lanes(table.dim, element, [&](int lane) {
    return squares[static_cast<std::size_t>(lane / kLanes)][lane % kLanes];
  });
}

/// The rows of those of `n` ids that have one, of at most so many ids.
template <class In, class Id>
void find_rows(const TableRule& table, const Id* ids, std::int64_t n, FoundRows& rows) noexcept {
  rows.count = 0;
  for (std::int64_t i = 0; i < std::min(n, FoundRows::kMost); ++i) {
    if (const In* row = row_of<In>(table, ids[i])) rows.at[rows.count++] = row;
  }
}

/// Before step `s` is combined, the rows of its values and of those of the next step are asked for,
/// or of some values if the next step has very many or few: rows that were asked for within a step
/// would still be under way. Returns the first value that can wait.
[[nodiscard]] inline std::int64_t rows_to_ask_for(const StepIds& steps, std::int64_t s) noexcept {
  constexpr std::int64_t kMost = 64;
  const std::int64_t end = value_at(steps.view, s + 1);
  const std::int64_t next = value_at(steps.view, std::min(s + 2, steps.end));
  return std::min(value_at(steps.view, steps.end), end + std::clamp(next - end, kRowsAhead, kMost));
}

/// `combine_steps` for one type of each: of tables, ids and outputs.
template <class In, class Id, class Out>
void combine_typed(const TableRule& table, const StepIds& steps, const Id* all_ids,
                   std::int64_t step, std::int64_t count, Out* out, std::int64_t pitch) {
  const RaggedView& view = steps.view;
  if (steps_are_rows(table, view)) {
    for_each_row<In>(table, steps, all_ids, step, count,
                     [&out, pitch, dim = table.dim](const In* row) {
                       store_row(row, dim, out);
                       out += pitch;
                     });
    return;
  }
  const RowLoops& loops = row_loops();
  std::int64_t asked = value_at(view, steps.asks_ahead ? step : steps.end);
  for (std::int64_t s = step; s < step + count; ++s, out += pitch) {
    StepRange values = values_of_step(view, s);
    const Id* ids = all_ids + values.begin;
    if (steps.closed_up) values.count = detail::count_with_rows(ids, values.count);
    float* norms = table.clips ? steps.norms + values.begin : nullptr;
    const std::int64_t to = std::max(asked, rows_to_ask_for(steps, s));
    if constexpr (std::is_same_v<Out, float>) {
      FoundRows rows;
      const std::int64_t least = table.weighted ? 1 : 2;
      if (values.count >= least && norms == nullptr) {
        find_rows<In>(table, ids, values.count, rows);
      }
      if (rows.count > 0 && rows.count == values.count) {
        FoundRows ahead;
        find_rows<In>(table, all_ids + asked, to - asked, ahead);
        const auto type = static_cast<int>(table.type);
        if (table.weighted) {
          loops.combine_weighted[type](table.combiner, rows, steps.weights + values.begin, ahead,
                                       table.dim, out);
        } else {
          loops.combine[type](table.combiner, rows, ahead, table.dim, out);
        }
        asked = to;
        continue;
      }
    }
    for (; asked < to; ++asked) prefetch_row(table, all_ids[asked]);
    for (std::int64_t i = 0; norms != nullptr && i < values.count; ++i) {
      norms[i] = norm_of_row<In>(table, ids[i]);
    }
    if (table.weighted) {
      const Beside beside{norms, steps.weights + values.begin};
      combine_rows<In, true>(table, ids, beside, values.count, out);
      continue;
    }
    if (values.count == 1 && norms == nullptr) {
      store_row(row_of<In>(table, ids[0]), table.dim, out);
      continue;
    }
    combine_rows<In, false>(table, ids, {norms, nullptr}, values.count, out);
  }
}

/// `combine_steps` for a table of `In`s.
template <class In>
void combine_from(const TableRule& table, const StepIds& steps, std::int64_t step,
                  std::int64_t count, Cells out, std::int64_t pitch) {
  with_element(out.type, [&]<class Out>(Out) {
    with_ids(steps.ids, [&](const auto* ids) {
      combine_typed<In>(table, steps, ids, step, count, static_cast<Out*>(out.data), pitch);
    });
  });
}
extern template void combine_from<float>(const TableRule&, const StepIds&, std::int64_t,
                                         std::int64_t, Cells, std::int64_t);
extern template void combine_from<Float16>(const TableRule&, const StepIds&, std::int64_t,
                                           std::int64_t, Cells, std::int64_t);
extern template void combine_from<BFloat16>(const TableRule&, const StepIds&, std::int64_t,
                                            std::int64_t, Cells, std::int64_t);

}  // namespace seqfeat::cpu
