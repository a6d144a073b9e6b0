// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "seqfeat/ragged.hpp"

namespace seqfeat {

/// What a layer reads: per key a ragged batch, owned or somebody else's, on the host or a device.
///
/// Memory   Views are kept as given: what they name must outlive the use of the features.
class Features {
 public:
  /// Sets `key` to a batch that the features own from here on.
  void set(std::string key, Ragged batch);

  /// Sets `key` to somebody else's memory; nothing is copied.
  void set(std::string key, const RaggedView& view);

  /// The batch of `key`, or null.
  [[nodiscard]] const RaggedView* find(std::string_view key) const noexcept;

  [[nodiscard]] const std::map<std::string, RaggedView, std::less<>>& views() const noexcept {
    return views_;
  }

 private:
  std::map<std::string, RaggedView, std::less<>> views_;
  std::map<std::string, std::unique_ptr<Ragged>, std::less<>> owned_;
};

}  // namespace seqfeat
