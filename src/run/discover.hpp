// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "run/input.hpp"
#include "seqfeat/column.hpp"

namespace seqfeat::run {

/// What input holds, found by looking at it.
struct Discovered {
  ParseSpec spec;                 ///< Its sequences: strings or int64.
  std::vector<std::string> keep;  ///< Its single values.
  bool nested = false;            ///< Some step has not exactly one value.
};

/// Reads lines of JSON through, or the first records of TFRecords, and says what is in them; text
/// holds `tokens`. With `keys`, only these count.
///
/// Throws   DataError: FILE:NUMBER: KEY: … where a key holds now this, now that; InvalidArgument
/// for
///          a key that is nowhere.
[[nodiscard]] Discovered discover(const Input& input, const std::vector<std::string>& keys);

}  // namespace seqfeat::run
