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
  DType dtype;  ///< Where the JSON says none.
  /// Beside `type`, and of a type whose columns read one feature `key` and `dtype`.
  std::vector<std::string_view> members;
  /// Makes the column from the members; key and dtype are those of its one feature.
  CategoricalColumn (*read)(const JsonObject& object, const std::string& key, DType dtype);
  /// The members as JSON, `"name": value, ` each; of a type of several features nothing follows the
  /// last one.
  std::string (*write)(const CategoricalColumn& column);
  bool reads_one = true;  ///< Its columns read one feature.
};

/// All of them, in the order in which messages name them.
[[nodiscard]] std::span<const SourceType> source_types();

/// The type of that name, or null.
[[nodiscard]] const SourceType* source_type_of(std::string_view type);
[[nodiscard]] const SourceType& source_type_of(const CategoricalColumn& column);

/// The names of the types of categorical columns.
[[nodiscard]] std::vector<std::string_view> categorical_types();

}  // namespace seqfeat
