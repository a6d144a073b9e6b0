// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "seqfeat/pad.hpp"
#include "seqfeat/ragged.hpp"

// The steps of a cross have as many values as the product of its operands' says. It is a feature of
// a batch like any other, but for its values: those are made when ids are.

namespace seqfeat::detail {

/// The features that are crossed, in order. Memory is kept from use to use.
struct Operands {
  std::vector<const std::string*> keys;
  std::vector<const RaggedView*> views;
  std::vector<std::int64_t> firsts;  ///< Where the row that is looked at begins in each.

  void clear() noexcept {
    keys.clear();
    views.clear();
  }
  void add(const std::string& key, const RaggedView& view) {
    keys.push_back(&key);
    views.push_back(&view);
  }
  /// True if all steps of all of them have the same number of values, so that the host knows how
  /// many there are, wherever the offsets stand.
  [[nodiscard]] bool uniform() const noexcept;
};

/// What such a feature is called where it stands beside those that it crosses, in whatever order:
/// no UTF-8, so that it is no feature of the caller's.
[[nodiscard]] std::string cross_key(std::vector<std::string> keys);

/// The steps of a cross of features on the host, whose offsets are sound: those of each row up to
/// the last one in which every operand may have values. Of uniform operands, which may be on a
/// device, those of the first one.
///
/// Memory   The offsets stand in `rows` and `steps`, which keep their memory from call to call.
/// Throws   DataError naming the row and the features: rows of different steps, a step with more
///          values than kMostValues, or a batch.
[[nodiscard]] RaggedView steps_of_cross(Operands& operands, std::vector<std::int64_t>& rows,
                                        std::vector<std::int64_t>& steps);

/// The length of a row of it. Throws what steps_of_cross throws of the row.
[[nodiscard]] std::int64_t length_of_cross(Operands& operands, std::int64_t row);

}  // namespace seqfeat::detail
