// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// Which files are read, and in which form.

namespace seqfeat::run {

class ArrowFiles;

/// What a file's rows are written in.
enum class InputFormat : std::uint8_t {
  tfrecord_example,
  tfrecord_sequence_example,
  text,
  jsonl,
  parquet,
  arrow
};

/// "tfrecord:example", "tfrecord:sequence_example", "text", "jsonl", "parquet", "arrow".
[[nodiscard]] std::string_view to_string(InputFormat format) noexcept;

/// True if rows are records, counted from 0.
[[nodiscard]] constexpr bool holds_records(InputFormat format) noexcept {
  return format == InputFormat::tfrecord_example ||
         format == InputFormat::tfrecord_sequence_example;
}

/// True if a file holds columns, which `ArrowFiles` opens. Their rows are counted from 0; those of
/// formats that hold neither records nor columns are lines, counted from 1.
[[nodiscard]] constexpr bool holds_columns(InputFormat format) noexcept {
  return format == InputFormat::parquet || format == InputFormat::arrow;
}

/// Whether a name says where a file is in other words than the system's: "s3://bucket/a.parquet".
[[nodiscard]] bool is_uri(std::string_view name) noexcept;

/// A file to read; "-" is standard input.
struct InputFile {
  std::string name;
  std::optional<std::int64_t> bytes;  ///< Nothing where there is no size: a pipe.

  /// The name without its folder, so that a copy of the input elsewhere gives the same parts.
  [[nodiscard]] std::string base_name() const;
};

/// Files of one format, read as one stream.
struct Input {
  std::vector<InputFile> files;
  InputFormat format = InputFormat::text;
  std::shared_ptr<ArrowFiles> arrow_files{};  ///< Of files of columns.

  /// Whether a file can be read only once.
  [[nodiscard]] bool has_pipe() const noexcept;

  /// About how many bytes all rows have, from the sizes of the files; 0 if those do not tell.
  [[nodiscard]] std::int64_t row_bytes() const noexcept;
};

/// One of `count` machines that share a list of files: it reads file `index`, `index + count`, ….
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

/// Checks the files of `shard` before they are read; the others are not touched.
///
/// `format` is one of the names above, `tfrecord`, or empty; it overrides the extensions
/// (`.tfrecord`, `.txt`, `.jsonl`, each also with `.gz`; `.parquet`, `.arrow`, `.feather`, `.ipc`,
/// which `arrow_files` has to open). If only `tfrecord` is known, the first
/// record that parses decides between the two kinds. A pipe cannot be read beforehand: it is taken
/// for examples.
///
/// Throws   InvalidArgument if no format is known, two files have different ones, nobody opens
/// them,
///          or standard input comes twice; DataError for a file that is missing, unreadable or a
///          directory.
[[nodiscard]] Input open_input(const std::vector<std::string>& names, const std::string& format,
                               Shard shard = {}, std::shared_ptr<ArrowFiles> arrow_files = nullptr);

}  // namespace seqfeat::run
