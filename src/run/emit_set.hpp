// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "seqfeat/batch.hpp"

namespace seqfeat::run {

/// The tensors that a part holds.
struct EmitSet {
  bool values = false;
  bool lengths = false;
  bool mask = false;
  bool ids = false;
  bool ragged = false;

  /// What to ask the layer for.
  [[nodiscard]] Emit emit() const noexcept;

  [[nodiscard]] bool needs_tables() const noexcept { return values || ragged; }

  /// The names that are set, in the order in which parts hold them.
  [[nodiscard]] std::vector<std::string> names() const;
};

/// The set of these names.
///
/// Throws   InvalidArgument for an unknown name, or if there are no names.
[[nodiscard]] EmitSet emit_set_from(const std::vector<std::string>& names);

}  // namespace seqfeat::run
