// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <utility>

#include "cpu/floats.hpp"
#include "cpu/row_job.hpp"
#include "seqfeat/gradient.hpp"

// Sums over rows: in blocks of eight, as gradients are summed; of a step's rows, as the forward
// pass combines them; of the products of two rows. gradient_rows.hpp says of which rows.

namespace seqfeat::cpu {

/// Up to a block of rows.
template <class Element>
struct BlockRows {
  const Element* at[kBlockOfContributions];  // NOLINT(modernize-avoid-c-arrays): as in Floats
};

/// Calls `body` with 1, 2, ... or 8 as a type, for which it has code of its own.
template <class Body>
[[gnu::always_inline]] inline void with_count(std::int64_t n, const Body& body) {
  // clang-format off
  switch (n) {
    case 1: return body(std::make_index_sequence<1>());
    case 2: return body(std::make_index_sequence<2>());
    case 3: return body(std::make_index_sequence<3>());
    case 4: return body(std::make_index_sequence<4>());
    case 5: return body(std::make_index_sequence<5>());
    case 6: return body(std::make_index_sequence<6>());
    case 7: return body(std::make_index_sequence<7>());
    default: return body(std::make_index_sequence<8>());
  }
  // clang-format on
}

/// Writes the sum of as many rows as there are numbers, from their elements `d` on, to `out`. The
/// sums stay in registers.
template <int kWidth, class Element, std::size_t... kNumbers>
[[gnu::always_inline]] inline void sum_rows(const BlockRows<Element>& rows, std::int64_t d,
                                            float* __restrict out,
                                            std::index_sequence<kNumbers...> /*numbers*/) {
  SEQFEAT_ELEMENTS
  for (int i = 0; i < kWidth; ++i) out[i] = (... + widened(rows.at[kNumbers][d + i]));
}

/// Writes the sum of `n` >= 1 rows to `out`. `rows_at(at, count)` are the rows of a block, from the
/// row `at` on; it is called for all blocks in their order, and again for every 64 elements.
template <class RowsAt>
[[gnu::always_inline]] inline void sum_in_blocks(std::int64_t n, std::int64_t dim, float* out,
                                                 const RowsAt& rows_at) {
  if (n <= kBlockOfContributions) {
    const auto rows = rows_at(0, n);
    with_count(
        n, [&](auto numbers) __attribute__((always_inline)) {
          for_each_block(
              dim, [&](auto width, std::int64_t d) __attribute__((always_inline)) {
                sum_rows<decltype(width)::kWidth>(rows, d, out + d, numbers);
              });
        });
    return;
  }
  for_each_block(
      dim, [&](auto width, std::int64_t d) __attribute__((always_inline)) {
        constexpr int kWidth = decltype(width)::kWidth;
        BlockSums<Floats<kWidth>> blocks;
        for (std::int64_t at = 0; at < n; at += kBlockOfContributions) {
          const std::int64_t count = std::min<std::int64_t>(kBlockOfContributions, n - at);
          const auto rows = rows_at(at, count);
          Floats<kWidth> sum;
          with_count(
              count, [&](auto numbers) __attribute__((always_inline)) {
                sum_rows<kWidth>(rows, d, sum.at, numbers);
              });
          blocks.add(sum);
        }
        store_floats(out + d, blocks.total());
      });
}

/// Part of a row where it stands; unary + loads it (see combine.hpp).
template <int kWidth, class Element>
struct RowPart {
  const Element* at = nullptr;

  [[nodiscard]] [[gnu::always_inline]] Floats<kWidth> operator+() const noexcept {
    return load_floats<kWidth>(at);
  }
};

/// The same of a row that has a weight.
template <int kWidth, class Element>
struct WeightedPart {
  RowPart<kWidth, Element> row;
  float weight = 0.0F;

  [[nodiscard]] [[gnu::always_inline]] Floats<kWidth> operator+() const noexcept {
    return +row * weight;
  }
};

/// Writes the combined vector of a step whose rows of a table stand at `rows` to `out`. Beside each
/// row that it reads it asks for one of `ahead`, so that memory is never idle. `part(i, row)` is
/// what is added of row i, of which `row` is a part; `finish` gets the sum.
template <class Element, class Part, class Finish>
[[gnu::always_inline]] inline void combine_parts(Combiner combiner, const FoundRows& rows,
                                                 const FoundRows& ahead, std::int64_t dim,
                                                 float* out, const Part& part,
                                                 const Finish& finish) {
  for_each_block(
      dim, [&](auto width, std::int64_t d) __attribute__((always_inline)) {
        constexpr int kWidth = decltype(width)::kWidth;
        const auto ask = [&](std::int64_t i) __attribute__((always_inline)) {
          ask_for(static_cast<const Element*>(ahead.at[i]) + d, kWidth);
        };
        store_floats(out + d,
                     finish(combine(
                         combiner, rows.count, [&](std::int64_t i) __attribute__((always_inline)) {
                           if (i < ahead.count) ask(i);
                           return part(i, RowPart<kWidth, Element>{
                                              static_cast<const Element*>(rows.at[i]) + d});
                         })));
        for (std::int64_t i = rows.count; i < ahead.count; ++i) ask(i);
      });
}

/// Of rows as they are.
template <class Element>
void combine_found(Combiner combiner, const FoundRows& rows, const FoundRows& ahead,
                   std::int64_t dim, float* out) {
  combine_parts<Element>(
      combiner, rows, ahead, dim, out,
      [](std::int64_t /*i*/, auto row) __attribute__((always_inline)) { return row; },
      [](const auto& sum) __attribute__((always_inline)) { return sum; });
}

/// Of rows that have weights.
template <class Element>
void combine_found_weighted(Combiner combiner, const FoundRows& rows, const ValueWeight* weights,
                            const FoundRows& ahead, std::int64_t dim, float* out) {
  const float divisor = weights->divisor;
  combine_parts<Element>(
      Combiner::sum, rows, ahead, dim, out,
      [weights]<int kWidth>(std::int64_t i, RowPart<kWidth, Element> row)
          __attribute__((always_inline)) {
            return WeightedPart<kWidth, Element>{row, weights[i].weight};
          },
      [&](const auto& sum)
          __attribute__((always_inline)) { return finish_weighted(combiner, divisor, sum); });
}

/// The sum of products of two rows, in the order of a norm.
template <class A, class B>
[[nodiscard]] [[gnu::always_inline]] inline float products_of_rows(const A* a, const B* b,
                                                                   std::int64_t dim) {
  using Packet = Floats<8>;
  const auto products = [&](auto width) __attribute__((always_inline)) {
    constexpr int kWidth = decltype(width)::kWidth;
    return [ a, b ](std::int64_t d) __attribute__((always_inline)) {
      return load_floats<kWidth>(a + d) * load_floats<kWidth>(b + d);
    };
  };
  const auto lanes = products_of_lane<Floats<32>>(0, dim, products(Width<32>{}));
  const Packet packet = packet_of_products(
      0, dim, products(Width<8>{}), [&](int lane) __attribute__((always_inline)) {
        return load_floats<8>(lanes.at + lane);
      });
  return sum_from_packet(
      dim, [a, b](std::int64_t d) { return widened(a[d]) * widened(b[d]); },
      [&](int l) { return packet.at[l]; });
}

}  // namespace seqfeat::cpu
