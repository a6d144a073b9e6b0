// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <exception>
#include <string>
#include <string_view>

namespace seqfeat::cli {

/// The reader of standard output closed it: not an error, only the end.
class ClosedPipe : public std::exception {};

/// Standard output, written in large blocks.
///
/// Throws   ClosedPipe, or IoError with the system's reason (a full disk).
class Output {
 public:
  Output& operator<<(std::string_view text);
  Output& operator<<(std::uint64_t number);
  Output& operator<<(std::int64_t number);

  /// Writes all that is pending.
  void flush();

 private:
  void flush_if_large();
  std::string pending_;
};

/// Writes `text` and flushes.
void print(std::string_view text);

}  // namespace seqfeat::cli
