// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "seqfeat/column.hpp"
#include "spec/json_object.hpp"

// Vocabulary columns in JSON; vocabulary.cpp has their factories too.

namespace seqfeat {

[[nodiscard]] CategoricalColumn read_vocabulary_list(const JsonObject& object,
                                                     const std::string& key, DType dtype);
[[nodiscard]] std::string write_vocabulary_list(const CategoricalColumn& column);

[[nodiscard]] CategoricalColumn read_vocabulary_file(const JsonObject& object,
                                                     const std::string& key, DType dtype);
[[nodiscard]] std::string write_vocabulary_file(const CategoricalColumn& column);

/// True of a column whose words stand in a file.
[[nodiscard]] inline bool has_vocabulary_file(const CategoricalColumn& column) noexcept {
  return !column.content().vocabulary_file.empty();
}

}  // namespace seqfeat
