// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "seqfeat/column.hpp"
#include "seqfeat/layer_options.hpp"

// Columns as JSON, version 1: docs/formats.md has the form.

namespace seqfeat {

/// Columns and the options of the layer over them.
struct Spec {
  std::vector<Column> columns;
  LayerOptions options;
};

/// Reads a spec.
///
/// Throws   InvalidArgument with a JSON pointer to the place: malformed JSON, duplicate or unknown
///          keys (with the nearest known name), wrong types, values out of range, columns twice.
[[nodiscard]] Spec parse_spec(std::string_view json);

/// Reads one column in the form of an element of `columns`.
[[nodiscard]] Column parse_column(std::string_view json);

/// Writes the canonical text: all keys, in a fixed order, columns by full name, ends in a newline.
/// Equal specs give equal bytes.
[[nodiscard]] std::string to_json(const Spec& spec);

}  // namespace seqfeat
