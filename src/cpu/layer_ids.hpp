// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "backend/ops.hpp"

// Where a layer's ids stand.

namespace seqfeat::cpu {

[[nodiscard]] inline const RaggedView& view_of(const detail::LayerArgs& args,
                                               std::int32_t c) noexcept {
  return detail::features_of(args.header)[args.columns[c].feature].view;
}

/// Whether a column's ids are closed up: only where somebody looks up what is left of them, or
/// takes their weights for contributions.
[[nodiscard]] inline bool closed_up(const detail::LayerArgs& args, std::int32_t c) noexcept {
  const bool used = args.values != nullptr || (args.shape.trains && args.shape.weighs);
  return used && detail::closes_up(args.columns[c], view_of(args, c));
}

/// The ids of a column's values: in the caller's memory if he wants them as they are.
[[nodiscard]] inline std::int64_t* ids_of(const detail::LayerArgs& args, std::int32_t c) noexcept {
  const bool wanted = args.ids != nullptr && !closed_up(args, c);
  auto* ids = wanted ? args.ids : static_cast<std::int64_t*>(args.scratch);
  return ids + detail::first_ids_of(args.header)[c];
}

/// The weights of a weighted column's values, behind room for all ids.
[[nodiscard]] inline ValueWeight* weights_of(const detail::LayerArgs& args,
                                             std::int32_t c) noexcept {
  auto* behind_ids = static_cast<std::int64_t*>(args.scratch) + args.shape.sizes.ids;
  return reinterpret_cast<ValueWeight*>(behind_ids) + detail::first_ids_of(args.header)[c];
}

}  // namespace seqfeat::cpu
