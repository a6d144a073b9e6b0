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

/// Writes the input's rows as TFRecords; the file appears whole or not at all. Lines of JSON are
/// read twice, for the first time to see what they hold; standard input is kept in a temporary file
/// in between.
///
/// Throws   InvalidArgument, DataError with FILE:NUMBER in front, IoError.
[[nodiscard]] Converted convert(const ConvertOptions& options);

}  // namespace seqfeat::run
