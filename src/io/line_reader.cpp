// SPDX-License-Identifier: Apache-2.0
#include "io/line_reader.hpp"

namespace seqfeat {

std::optional<std::string_view> LineReader::next() {
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

}  // namespace seqfeat
