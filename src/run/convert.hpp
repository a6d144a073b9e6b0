// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "run/input.hpp"
#include "seqfeat/example.hpp"
#include "seqfeat/tfrecord.hpp"

namespace seqfeat::run {

/// What `convert` is asked to do.
struct ConvertOptions {
  Input input;  ///< One file.
  std::filesystem::path output;
  std::vector<std::string> keys;     ///< Features to take; none: all that are there.
  std::optional<RecordKind> record;  ///< Nothing: sequence_example when any step is nested.
  Compression compression = Compression::none;
};

struct Converted {
  std::int64_t rows = 0;
  RecordKind record = RecordKind::example;
};

/// Writes the rows of the input as TFRecords; the file appears whole or not at all. Reads lines of
/// JSON twice, first to discover what they hold; a temporary file keeps standard input.
///
/// Throws   InvalidArgument, DataError with FILE:NUMBER in front, IoError.
[[nodiscard]] Converted convert(const ConvertOptions& options);

}  // namespace seqfeat::run
