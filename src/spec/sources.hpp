// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "seqfeat/column.hpp"
#include "spec/json_object.hpp"

namespace seqfeat {

/// A type of categorical column: what its source is called and made of in JSON.
struct SourceType {
  std::string_view type;
  IdKind kind;
  DType dtype;                            ///< Where the JSON says none.
  std::vector<std::string_view> members;  ///< Beside `type`, `key` and `dtype`.
  /// Makes the column from the members.
  CategoricalColumn (*read)(const JsonObject& object, const std::string& key, DType dtype);
  /// The members as JSON, `"name": value, ` each.
  std::string (*write)(const CategoricalColumn& column);
};

/// All of them, in the order in which messages name them.
[[nodiscard]] std::span<const SourceType> source_types();

/// The type of that name, or null.
[[nodiscard]] const SourceType* source_type_of(std::string_view type);
[[nodiscard]] const SourceType& source_type_of(const CategoricalColumn& column);

/// The names of the types of categorical columns.
[[nodiscard]] std::vector<std::string_view> categorical_types();

}  // namespace seqfeat
