// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

// TFRecord files: length, CRC of the length, data, CRC of the data; possibly compressed as a whole.

namespace seqfeat {

/// How a file is compressed. `automatic` looks at its first bytes.
enum class Compression : std::uint8_t { none, gzip, zlib, automatic };

/// Reads records one after the other in bounded memory.
class TfRecordReader {
 public:
  /// Opens `file`; "-" is standard input.
  ///
  /// Throws   DataError naming the file: missing, unreadable, a directory.
  explicit TfRecordReader(const std::filesystem::path& file,
                          Compression compression = Compression::automatic);
  /// Reads from memory that outlives the reader; `name` stands for the file in messages (and keeps
  /// the bytes from being taken for a file's name).
  TfRecordReader(std::string_view bytes, Compression compression, std::string name);

  TfRecordReader(const TfRecordReader&) = delete;
  TfRecordReader& operator=(const TfRecordReader&) = delete;
  TfRecordReader(TfRecordReader&&) noexcept;
  TfRecordReader& operator=(TfRecordReader&&) noexcept;
  ~TfRecordReader();

  /// The next record, valid until the next call; nothing at the end of the file.
  ///
  /// Throws   DataError naming the file and the offset (in the uncompressed stream) at which the
  ///          first record that is not whole begins: wrong CRC, cut, length lies, a broken or
  ///          unfinished compressed stream.
  std::optional<std::string_view> next();

  /// Where the next record begins, in uncompressed bytes.
  [[nodiscard]] std::int64_t offset() const noexcept;

  /// Whether the file turned out to be compressed.
  [[nodiscard]] bool compressed() const noexcept;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Writes records; the file appears under its name, whole, when `close` returns.
class TfRecordWriter {
 public:
  /// Throws   IoError naming the file and the system's reason, as all members do.
  explicit TfRecordWriter(const std::filesystem::path& file,
                          Compression compression = Compression::none);
  TfRecordWriter(const TfRecordWriter&) = delete;
  TfRecordWriter& operator=(const TfRecordWriter&) = delete;
  TfRecordWriter(TfRecordWriter&&) noexcept;
  TfRecordWriter& operator=(TfRecordWriter&&) noexcept;
  ~TfRecordWriter();  ///< Without `close` before it, nothing is left behind.

  void write(std::string_view record);
  void close();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace seqfeat
