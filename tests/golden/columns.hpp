// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <vector>

#include "seqfeat/column.hpp"
#include "tests/golden/golden_case.hpp"

// A case's columns, made in the two ways that the library offers.

namespace seqfeat::golden {

/// Reads the columns from JSON.
///
/// Throws   BadCase for a type that this runner does not know; what the library throws.
[[nodiscard]] std::vector<Column> columns_from_json(const Json& list);

/// Makes the columns by calling the factory functions; nothing if an argument is of a kind that
/// their parameters cannot take.
///
/// Throws   BadCase for a type that this runner does not know; what the library throws.
[[nodiscard]] std::optional<std::vector<Column>> columns_from_factories(const Json& list);

/// A parse spec in a case's form.
[[nodiscard]] Json json_of(const ParseSpec& spec);

}  // namespace seqfeat::golden
