// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "io/descriptor.hpp"

// Files of a word a line, as TensorFlow reads them.

namespace seqfeat {

/// The first lines of a file.
struct VocabularyLines {
  std::int64_t lines = 0;
  std::int64_t bytes = 0;  ///< Up to the end of the last of them.
};

/// An open vocabulary file. Every complaint is InvalidArgument and begins with the path.
class VocabularyFile {
 public:
  /// Throws   InvalidArgument unless it is a regular file that can be opened.
  explicit VocabularyFile(std::string path);

  /// Counts lines, `most` at most. The last one may end without a newline.
  ///
  /// Memory   A buffer of a megabyte.
  [[nodiscard]] VocabularyLines count(std::int64_t most) const;

  /// Fills `bytes` from the file's beginning.
  ///
  /// Throws   InvalidArgument also if there are fewer.
  void read(std::span<std::byte> bytes) const;

  /// The CRC-32C of the whole file.
  [[nodiscard]] std::uint32_t crc32c() const;

  /// Throws what is wrong with line `number`, counted from 1.
  [[noreturn]] void refuse(std::int64_t number, const std::string& why) const;
  [[noreturn]] void refuse(const std::string& why) const;

 private:
  /// Reads what stands at byte `at`; 0 at the end.
  [[nodiscard]] std::size_t read_at(std::int64_t at, std::span<std::byte> to) const;

  std::string path_;
  Descriptor file_;
};

/// Takes the first line off `text`: up to a newline or the end, without the carriage return that
/// may stand there.
[[nodiscard]] inline std::string_view take_line(std::string_view& text) noexcept {
  const std::size_t end = text.find('\n');
  std::string_view line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  return line;
}

}  // namespace seqfeat
