// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bit>
#include <cstring>

#include "cpu/gradient_rows.hpp"
#include "seqfeat/stochastic_rounding.hpp"
#include "seqfeat/update_rule.hpp"

// A step of an optimizer on the rows of runs, in place.

namespace seqfeat::cpu {

/// How elements of 16 bits are rounded at random in one row.
struct RowRounding {
  PhiloxKey key;
  std::int64_t row;
  std::uint32_t step;

  template <class Element>
  [[nodiscard]] Element rounded(float value, std::int64_t d) const noexcept {
    const auto bits = std::bit_cast<std::uint32_t>(value);
    const std::uint32_t random = rounding_words(key, row, d / 4, step)[static_cast<int>(d % 4)];
    if constexpr (std::is_same_v<Element, Float16>) {
      return {stochastic_float16(bits, random)};
    } else {
      return {stochastic_bfloat16(bits, random)};
    }
  }
};

/// One row and its state.
template <class Element>
struct UpdatedRow {
  const float* gradient;
  Element* weights;
  float* first;
  float* second;
};

/// A step on `kWidth` elements of a row from `d` on. `store(i, weight)` stores the weight of
/// element d + i.
template <OptimizerKind kKind, int kWidth, bool kStoresState, class Element, class Store>
[[gnu::always_inline]] inline void update_block(const UpdateScalars& s, float row_step,
                                                const UpdatedRow<Element>& row, std::int64_t d,
                                                const Store& store) {
  constexpr int kSlots = slots_per_element(kKind);
  const float* __restrict const gradient = row.gradient + d;
  Element* __restrict const weights = row.weights + d;
  float* __restrict const first = kSlots > 0 ? row.first + d : nullptr;
  float* __restrict const second = kSlots > 1 ? row.second + d : nullptr;
  SEQFEAT_ELEMENTS
  for (int i = 0; i < kWidth; ++i) {
    const UpdatedElement e = updated<kKind>(s, row_step, gradient[i],
                                            {.weight = widened(weights[i]),
                                             .first = kSlots > 0 ? first[i] : 0.0F,
                                             .second = kSlots > 1 ? second[i] : 0.0F});
    if constexpr (kSlots > 0 && kStoresState) first[i] = e.first;
    if constexpr (kSlots > 1 && kStoresState) second[i] = e.second;
    store(weights[i], i, e.weight);
  }
}

/// Runs [first, end), all of one table.
template <OptimizerKind kKind, class Element>
void update_runs(const RowJob& job, std::int64_t first, std::int64_t end) {
  constexpr bool kPerRow = kKind == OptimizerKind::rowwise_adagrad;
  constexpr int kSlots = slots_per_element(kKind);
  const detail::TrainedTable table = *job.table;
  const UpdateScalars s = *job.step->scalars;
  const std::int64_t dim = table.dim;
  auto* const weights = static_cast<Element*>(table.data);
  float* const state_first = job.state->first;
  float* const state_second = job.state->second;
  RowRounding rounding{job.state->rounding, 0, s.step};
  RunGradients gradients(job, first, end);
  for (std::int64_t run = first; run < end; ++run) {
    const std::int64_t later = gradients.row(std::min(run + kAhead, end - 1));
    ask_for(weights + later * table.pitch, dim);
    if constexpr (kPerRow) __builtin_prefetch(state_first + later);
    if constexpr (kSlots > 0) ask_for(state_first + later * dim, dim);
    if constexpr (kSlots > 1) ask_for(state_second + later * dim, dim);

    const std::int64_t row = gradients.row(run);
    Element* const to = weights + row * table.pitch;
    const float* const gradient = gradients.of(run, to);
    float row_step = 0.0F;
    if constexpr (kPerRow) {
      row_step = advance_row(s, products_of_rows(gradient, gradient, dim), dim, state_first[row]);
    }
    rounding.row = row;
    const UpdatedRow<Element> parts{gradient, to, kSlots > 0 ? state_first + row * dim : nullptr,
                                    kSlots > 1 ? state_second + row * dim : nullptr};
    for_each_block<16>(
        dim, [&](auto width, std::int64_t d) __attribute__((always_inline)) {
          constexpr int kWidth = decltype(width)::kWidth;
          if (!s.writes) [[unlikely]] {
            constexpr bool kStoresState = stores_state(kKind, UpdateScalars{.writes = false});
            update_block<kKind, kWidth, kStoresState>(s, row_step, parts, d,
                                                      [](Element&, int, float) {});
            return;
          }
          if constexpr (!std::is_same_v<Element, float>) {
            if (job.step->stochastic) {
              update_block<kKind, kWidth, true>(
                  s, row_step, parts, d, [&](Element& to_element, int i, float weight) {
                    to_element = rounding.template rounded<Element>(weight, d + i);
                  });
              return;
            }
          }
          update_block<kKind, kWidth, true>(
              s, row_step, parts, d,
              [](Element & to_element, int, float weight)
                  __attribute__((always_inline)) { to_element = rounded<Element>(weight); });
        });
  }
}

}  // namespace seqfeat::cpu
