// SPDX-License-Identifier: Apache-2.0
#include "seqfeat/features.hpp"

#include <utility>

namespace seqfeat {

void Features::set(std::string key, Ragged batch) {
  auto owned = std::make_unique<Ragged>(std::move(batch));
  views_[key] = owned->view();
  owned_[std::move(key)] = std::move(owned);
}

void Features::set(std::string key, const RaggedView& view) {
  owned_.erase(key);
  views_[std::move(key)] = view;
}

const RaggedView* Features::find(std::string_view key) const noexcept {
  const auto found = views_.find(key);
  return found == views_.end() ? nullptr : &found->second;
}

}  // namespace seqfeat
