// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <map>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include "run/options.hpp"
#include "seqfeat/layer.hpp"
#include "seqfeat/table.hpp"

namespace seqfeat::run {

/// The tables of a run by their names, and warnings about them.
struct Tables {
  std::map<std::string, EmbeddingTable> by_name;
  std::set<std::string> initialized;  ///< Tables that the initializer made.
  std::vector<std::string> warnings;
};

/// Maps the tables that `options` names and initializes missing ones, if `options` allows it.
/// `stop` ends the initializing early; some tables are missing then.
///
/// Throws   InvalidArgument for a file that is missing, unreadable or malformed, a table of another
///          shape or type, a table in two files, or one that is nowhere, with near names.
[[nodiscard]] Tables open_tables(const RunOptions& options, const std::stop_token& stop);

/// Binds every table to the layer. The tables must outlive the layer.
void bind_tables(const Tables& tables, SequenceFeatures& layer);

/// Writes the tables to a safetensors file. False, and no file, if `stop` is requested meanwhile.
[[nodiscard]] bool save_tables(const Tables& tables, const std::filesystem::path& file,
                               const std::stop_token& stop);

}  // namespace seqfeat::run
