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

/// True where a row is a record, counted from 0, rather than a line, counted from 1.
[[nodiscard]] constexpr bool holds_records(InputFormat format) noexcept {
  return format == InputFormat::tfrecord_example ||
         format == InputFormat::tfrecord_sequence_example;
}

/// A file to read; "-" is standard input.
struct InputFile {
  std::string name;
  std::optional<std::int64_t> bytes;  ///< Nothing where there is no size: a pipe.

  /// The name for messages and manifests, without its folder: a copy of the input elsewhere gives
  /// the same bytes.
  [[nodiscard]] std::string base_name() const;
};

/// Files of one format, read as one stream.
struct Input {
  std::vector<InputFile> files;
  InputFormat format = InputFormat::text;

  /// Whether some of it can be read once only.
  [[nodiscard]] bool has_pipe() const noexcept;

  /// About how many bytes all rows have, from the files' sizes; 0 where these say nothing about it.
  [[nodiscard]] std::int64_t row_bytes() const noexcept;
};

/// Of several machines that share one list of files, the one that reads file `index`, `index +
/// count`, ….
struct Shard {
  std::int64_t index = 0;
  std::int64_t count = 1;

  /// "0/3".
  [[nodiscard]] std::string text() const;
};

/// Reads "I/N" with 0 <= I < N.
///
/// Throws   InvalidArgument.
[[nodiscard]] Shard shard_from(std::string_view text);

/// Looks at the files of `shard` before anything is done with them; the others are not touched.
///
/// `format` is one of the names above, or empty; it overrides the extensions (`.tfrecord`, `.txt`,
/// `.jsonl`, each also with `.gz`). Where only `tfrecord` is known, the first record that parses
/// decides between its two kinds; of a pipe that cannot be seen beforehand, and examples are
/// expected. Throws   InvalidArgument where no format is known, two files have different ones, or
/// standard
///          input comes twice; DataError for a file that is missing, unreadable or a directory.
[[nodiscard]] Input open_input(const std::vector<std::string>& names, const std::string& format,
                               Shard shard = {});

}  // namespace seqfeat::run
