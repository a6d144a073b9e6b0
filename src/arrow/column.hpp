// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>

#include "arrow/place.hpp"
#include "arrow/runs.hpp"
#include "arrow/type.hpp"
#include "seqfeat/arrow.hpp"

namespace seqfeat::detail {

/// Reads a column: its levels of lists, then its tokens. `rows` are the arrays' own elements;
/// `arrays` keeps their memory alive.
[[nodiscard]] ArrowColumn read_column(const Runs& rows, const ColumnType& type, const Place& place,
                                      std::shared_ptr<const void> arrays);

/// The same of a column in a dictionary, without decoding it.
[[nodiscard]] ArrowDictionary read_encoded(const Runs& rows, const ColumnType& type,
                                           const Place& place, std::shared_ptr<const void> arrays);

}  // namespace seqfeat::detail
