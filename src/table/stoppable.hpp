// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <utility>

#include "seqfeat/safetensors.hpp"
#include "seqfeat/table.hpp"

// What takes long with tables, for callers who may have to stop in the middle. The public functions
// are these with a token that never asks for it.

namespace seqfeat::detail {

/// `EmbeddingTable::initialized`; nothing if `stop` is requested meanwhile.
[[nodiscard]] std::optional<EmbeddingTable> initialized_table(const EmbeddingColumn& column,
                                                              const std::stop_token& stop);

/// `write_safetensors`; nothing, and no file, if `stop` is requested before the last byte is
/// written.
[[nodiscard]] std::optional<WrittenFile> write_safetensors(
    const std::filesystem::path& file, std::span<const std::pair<std::string, TensorView>> tensors,
    const std::map<std::string, std::string>& metadata, const std::stop_token& stop);

/// `save_tables`; false, and no file, if `stop` is requested before the last byte is written.
[[nodiscard]] bool save_tables(const std::filesystem::path& file,
                               const std::map<std::string, TableView>& tables,
                               const std::stop_token& stop);

}  // namespace seqfeat::detail
