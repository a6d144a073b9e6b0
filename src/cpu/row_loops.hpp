// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cpu/update_rows.hpp"

// How a SIMD level compiles the loops over rows. A Level has templates of functions that
// carry its instructions and into which everything is inlined.

namespace seqfeat::cpu {

template <class Level, OptimizerKind kKind>
constexpr void set_update(RowLoops& loops) noexcept {
  RowLoops::Runs* update = loops.update[static_cast<int>(kKind)];
  update[static_cast<int>(FloatType::float32)] = Level::template update<kKind, float>;
  update[static_cast<int>(FloatType::float16)] = Level::template update<kKind, Float16>;
  update[static_cast<int>(FloatType::bfloat16)] = Level::template update<kKind, BFloat16>;
}

template <class Level>
[[nodiscard]] constexpr RowLoops make_row_loops() noexcept {
  RowLoops loops{};
  const auto set = [&loops]<class Element>(FloatType type, Element /*element*/) {
    loops.sum[static_cast<int>(type)] = Level::template sum<Element>;
    loops.write[static_cast<int>(type)] = Level::template write<Element>;
    loops.combine[static_cast<int>(type)] = Level::template combine<Element>;
    loops.combine_weighted[static_cast<int>(type)] = Level::template combine_weighted<Element>;
  };
  set(FloatType::float32, float{});
  set(FloatType::float16, Float16{});
  set(FloatType::bfloat16, BFloat16{});
  loops.sum_side_by_side = Level::side_by_side;
  set_update<Level, OptimizerKind::sgd>(loops);
  set_update<Level, OptimizerKind::adagrad>(loops);
  set_update<Level, OptimizerKind::rowwise_adagrad>(loops);
  set_update<Level, OptimizerKind::adam>(loops);
  set_update<Level, OptimizerKind::ftrl>(loops);
  return loops;
}

extern const RowLoops kScalarRows;
extern const RowLoops kAvx2Rows;
extern const RowLoops kAvx512Rows;

}  // namespace seqfeat::cpu
