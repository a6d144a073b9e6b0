// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "run/input.hpp"
#include "seqfeat/column.hpp"

namespace seqfeat::run {

/// What the input holds, found by reading it.
struct Discovered {
  ParseSpec spec;                 ///< Its sequences: strings or int64.
  std::vector<std::string> keep;  ///< Its single values.
  bool nested = false;            ///< Some step has not exactly one value.
};

/// Reads all lines of JSON, or the first records of TFRecords, and says what they hold; text holds
/// `tokens`. Considers only `keys`, if there are any.
///
/// Throws   DataError: FILE:NUMBER: KEY: … for a key with values of several kinds; InvalidArgument
///          for a key that is nowhere.
[[nodiscard]] Discovered discover(const Input& input, const std::vector<std::string>& keys);

}  // namespace seqfeat::run
