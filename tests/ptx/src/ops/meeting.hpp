// SPDX-License-Identifier: Apache-2.0
// What instructions share whose lanes meet and exchange values.
#pragma once

#include <array>
#include <span>

#include "ops/table.hpp"

namespace ptx {

struct Gathered {
  std::array<std::uint64_t, kWarp> values{};  // of from[0], for the lanes that met
  Lanes lanes = 0;
};

inline Gathered gather(Warp& warp, std::span<const Party> parties) {
  Gathered all;
  for (const auto& [in, lanes] : parties) {
    all.lanes |= lanes;
    for_each_lane(lanes,
                  [&, in = in](unsigned lane) { all.values[lane] = warp.read(in->from[0], lane); });
  }
  return all;
}

/// Writes `result(lane)` to to[0] of every lane that met.
template <class Result>
void give(Warp& warp, std::span<const Party> parties, Result result) {
  for (const auto& [in, lanes] : parties) {
    for_each_lane(lanes,
                  [&, in = in](unsigned lane) { warp.write(in->to[0], lane, result(lane)); });
  }
}

/// bar.warp.sync with its mask.
void build_warp_barrier(Assembler& assembler, const Statement& statement, Instruction& in);

}  // namespace ptx
