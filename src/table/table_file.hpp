// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "seqfeat/safetensors.hpp"
#include "seqfeat/table.hpp"

namespace seqfeat {

/// The tensor `name` of an open file, as a table: `load_table` without opening the file.
[[nodiscard]] EmbeddingTable table_in(const SafetensorsFile& opened, const std::string& file,
                                      std::string_view name);

}  // namespace seqfeat
