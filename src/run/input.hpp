// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// Which files are read, and in which form.

namespace seqfeat::run {

/// What a file's rows are written in.
enum class InputFormat : std::uint8_t { tfrecord_example, tfrecord_sequence_example, text, jsonl };

/// "tfrecord:example", "tfrecord:sequence_example", "text", "jsonl".
[[nodiscard]] std::string_view to_string(InputFormat format) noexcept;

/// The format of that name; `tfrecord` alone is `tfrecord:example`.
///
/// Throws   InvalidArgument listing the names.
[[nodiscard]] InputFormat input_format_from(std::string_view name);

/// True where a row is a record, counted from 0, rather than a line, counted from 1.
[[nodiscard]] constexpr bool holds_records(InputFormat format) noexcept {
  return format == InputFormat::tfrecord_example ||
         format == InputFormat::tfrecord_sequence_example;
}

/// A file to read; "-" is standard input.
struct InputFile {
  std::string name;
  std::optional<std::int64_t> bytes;  ///< Nothing where there is no size: a pipe.
};

/// Files of one format, read as one stream.
struct Input {
  std::vector<InputFile> files;
  InputFormat format = InputFormat::text;
};

/// Looks at the files before anything is done with them.
///
/// `format` overrides the extensions (`.tfrecord`, `.txt`, `.jsonl`, each also with `.gz`).
/// Throws   InvalidArgument where no format is known, two files have different ones, or standard
///          input comes twice; DataError for a file that is missing, unreadable or a directory.
[[nodiscard]] Input open_input(const std::vector<std::string>& names,
                               std::optional<InputFormat> format);

}  // namespace seqfeat::run
