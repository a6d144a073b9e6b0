// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "seqfeat/column.hpp"
#include "spec/json_object.hpp"

// Crossed columns in JSON; crossed.cpp has their factory too.

namespace seqfeat {

[[nodiscard]] CategoricalColumn read_crossed(const JsonObject& object, const std::string& key,
                                             DType dtype);
[[nodiscard]] std::string write_crossed(const CategoricalColumn& column);

}  // namespace seqfeat
