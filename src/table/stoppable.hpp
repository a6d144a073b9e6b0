// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>

#include "seqfeat/safetensors.hpp"
#include "seqfeat/table.hpp"

// The long operations on tables, with a token that stops them. The public functions of the same
// names call these with a token that never stops.

namespace seqfeat::detail {

/// The tensor `name` of an open file, as a table: `load_table` without opening the file.
[[nodiscard]] EmbeddingTable table_in(const SafetensorsFile& opened, const std::string& file,
                                      std::string_view name);

/// `EmbeddingTable::initialized`; nothing if `stop` is requested before it is done.
[[nodiscard]] std::optional<EmbeddingTable> initialized_table(const EmbeddingColumn& column,
                                                              const std::stop_token& stop);

/// `write_safetensors`; nothing, and no file, if `stop` is requested before it is done.
[[nodiscard]] std::optional<WrittenFile> write_safetensors(
    const std::filesystem::path& file, std::span<const std::pair<std::string, TensorView>> tensors,
    const std::map<std::string, std::string>& metadata, const std::stop_token& stop);

/// `save_tables`; false, and no file, if `stop` is requested before it is done.
[[nodiscard]] bool save_tables(const std::filesystem::path& file,
                               const std::map<std::string, TableView>& tables,
                               const std::stop_token& stop);

}  // namespace seqfeat::detail
