// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

#include "io/byte_source.hpp"

namespace seqfeat {

/// The lines of a source: bytes up to `\n`, which is dropped; the last may lack it.
class LineReader {
 public:
  explicit LineReader(ByteSource source) : source_(std::move(source)) {}

  /// The next line, valid until the next call; nothing at the end. Does not wait for more input
  /// while a whole line is there.
  std::optional<std::string_view> next() {
    std::size_t searched = 0;
    for (;;) {
      const std::string_view bytes = source_.peek(searched + 1);
      const std::size_t end = bytes.find('\n', searched);
      if (end != std::string_view::npos || bytes.size() == searched) {
        if (bytes.empty()) return std::nullopt;
        const bool whole = end != std::string_view::npos;
        const std::string_view line = bytes.substr(0, whole ? end : bytes.size());
        source_.skip(line.size() + (whole ? 1 : 0));
        ++line_;
        return line;
      }
      searched = bytes.size();
    }
  }

  /// The number of the last line, from 1.
  [[nodiscard]] std::int64_t line() const noexcept { return line_; }
  /// The (inflated) bytes of the lines so far, with their ends.
  [[nodiscard]] std::int64_t offset() const noexcept { return source_.offset(); }
  [[nodiscard]] bool compressed() const noexcept { return source_.compressed(); }
  [[nodiscard]] const std::string& name() const noexcept { return source_.name(); }

 private:
  ByteSource source_;
  std::int64_t line_ = 0;
};

}  // namespace seqfeat
