// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "seqfeat/example.hpp"
#include "seqfeat/ragged.hpp"

// A row of columns as bytes: what `ArrowRows` writes and `make_arrow_rows` reads, in one process.
// They depend on the row's values and on whether these are strings, integers, uint64s or floats.

namespace seqfeat::run {

/// Appends row `row` of a column, whose offsets are checked. The size of the bytes is a multiple of
/// eight, so that numbers in them are aligned.
void append_column(std::string& to, const RaggedView& view, std::int64_t row);

/// Takes a column from the front of `row` and adds its row to `to`. Integers may become floats.
///
/// Throws   DataError for a value out of the type's range; `to` holds half a row then.
void read_column(std::string_view& row, Ragged& to);

/// Takes a column from the front of `row`: its one value.
///
/// Throws   DataError if there are more or less, or the value is none that a run keeps.
[[nodiscard]] Scalar read_scalar(std::string_view& row);

}  // namespace seqfeat::run
