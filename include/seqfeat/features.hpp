// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "seqfeat/ragged.hpp"

namespace seqfeat {

/// The input of a layer: a ragged batch for each key, owned or a view, on the host or on a device.
///
/// Memory   The memory behind a view must outlive the use of the features.
class Features {
 public:
  /// Sets `key` to a batch, which the features then own.
  void set(std::string key, Ragged batch);

  /// Sets `key` to a view; nothing is copied.
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
