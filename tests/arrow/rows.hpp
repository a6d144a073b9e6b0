// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "seqfeat/ragged.hpp"

namespace seqfeat::test {

/// Rows, steps and tokens as plain lists. An integer is its decimal number.
using Rows = std::vector<std::vector<std::vector<std::string>>>;

/// Token `i` of a batch.
inline std::string token_at(const RaggedView& view, std::int64_t i) {
  if (!is_integer(view.dtype)) return std::string(string_at(view.data, view.byte_offsets, i));
  const std::int64_t value = integer_at(view.data, view.dtype, i);
  return view.dtype == DType::uint64 ? std::to_string(static_cast<std::uint64_t>(value))
                                     : std::to_string(value);
}

/// All of a batch, after its offsets were checked.
inline Rows rows_of(RaggedView view) {
  view.trusted = false;
  validate(view, "batch");
  Rows rows;
  for (std::int64_t r = 0; r < view.rows(); ++r) {
    auto& row = rows.emplace_back();
    for (std::int64_t s = view.row_offsets[r]; s < view.row_offsets[r + 1]; ++s) {
      auto& step = row.emplace_back();
      for (std::int64_t i = view.first_value(s); i < view.first_value(s + 1); ++i) {
        step.push_back(token_at(view, i));
      }
    }
  }
  return rows;
}

}  // namespace seqfeat::test
