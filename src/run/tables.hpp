// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "run/options.hpp"
#include "seqfeat/layer.hpp"
#include "seqfeat/table.hpp"

namespace seqfeat::run {

/// The tables of a run by column name, and what is told about them.
struct Tables {
  std::map<std::string, EmbeddingTable> by_column;
  std::map<std::string, std::string> origins;  ///< By column: "initializer", or type and hash.
  std::vector<std::string> warnings;
};

/// Maps the tables that `options` names and makes those it lets be made.
///
/// Throws   InvalidArgument for a file that is missing, unreadable or malformed, a table of another
///          shape or type, a table in two files, or one that is nowhere, with near names.
[[nodiscard]] Tables open_tables(const RunOptions& options);

/// Gives every table to the layer. The tables must outlive it.
void bind_tables(const Tables& tables, SequenceFeatures& layer);

/// Writes the tables to a safetensors file.
void save_tables(const Tables& tables, const std::filesystem::path& file);

}  // namespace seqfeat::run
