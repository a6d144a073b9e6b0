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

/// Whether a column's ids are closed up: only where somebody looks up what is left of them.
[[nodiscard]] inline bool closed_up(const detail::LayerArgs& args, std::int32_t c) noexcept {
  return args.values != nullptr && detail::closes_up(args.columns[c], view_of(args, c));
}

/// The ids of a column's values: in the caller's memory if he wants them as they are.
[[nodiscard]] inline std::int64_t* ids_of(const detail::LayerArgs& args, std::int32_t c) noexcept {
  const bool wanted = args.ids != nullptr && !closed_up(args, c);
  auto* ids = wanted ? args.ids : static_cast<std::int64_t*>(args.scratch);
  return ids + detail::first_ids_of(args.header)[c];
}

}  // namespace seqfeat::cpu
