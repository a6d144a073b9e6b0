// SPDX-License-Identifier: Apache-2.0
#include "abi/crosses.hpp"

#include <algorithm>

#include "backend/concat.hpp"
#include "layer/crossed_steps.hpp"
#include "seqfeat/error.hpp"

namespace seqfeat::abi {

std::vector<CrossedKeys> crosses_of(std::span<const Column> columns) {
  std::vector<CrossedKeys> crosses;
  for (const Column& column : columns) {
    const std::vector<FeatureKey> keys = features_of(column);
    if (keys.size() < 2) continue;
    CrossedKeys cross;
    for (const FeatureKey& key : keys) cross.operands.push_back(key.key);
    cross.key = detail::cross_key(cross.operands);
    const bool known = std::any_of(crosses.begin(), crosses.end(),
                                   [&](const auto& other) { return other.key == cross.key; });
    if (!known) crosses.push_back(std::move(cross));
  }
  return crosses;
}

RaggedView steps_of(const CrossedKeys& cross, const Features& features,
                    std::vector<std::int64_t>& rows, std::vector<std::int64_t>& steps) {
  detail::Operands operands;
  for (const std::string& key : cross.operands) {
    const RaggedView* view = features.find(key);
    if (view == nullptr) throw InvalidArgument(detail::concat("feature '", key, "' is missing"));
    if (view->location == Location::device) {
      throw InvalidArgument(detail::concat("feature '", key, "': got memory of a device, expected ",
                                           "the host's; copy it there"));
    }
    operands.add(key, *view);
  }
  return detail::steps_of_cross(operands, rows, steps);
}

}  // namespace seqfeat::abi
