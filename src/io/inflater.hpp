// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <zlib.h>

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

#include "seqfeat/tfrecord.hpp"

namespace seqfeat {

/// `compression_of` looks at no more than these first bytes.
inline constexpr std::size_t kSniffBytes = 256;

/// gzip, zlib or none, from the first bytes of a file.
///
/// Text may begin like a zlib stream ("x^…"). Bytes that cannot be inflated and have no control
/// characters are taken for text.
[[nodiscard]] Compression compression_of(std::string_view first);

/// "none", "gzip", "zlib", "automatic".
[[nodiscard]] std::string_view to_string(Compression compression) noexcept;

/// Inflates consecutive gzip members or zlib streams, a buffer at a time.
class Inflater {
 public:
  explicit Inflater(Compression format);

  struct Step {
    std::size_t taken;    ///< Bytes used of the input.
    std::size_t made;     ///< Bytes written.
    const char* problem;  ///< What is wrong with the stream behind them, or null.
  };
  /// Inflates as much of `in` into `out` as fits.
  [[nodiscard]] Step run(std::string_view in, std::span<std::byte> out);

  /// Whether the input may end here.
  [[nodiscard]] bool may_end() const noexcept { return between_streams_; }

 private:
  struct End {
    void operator()(z_stream* stream) const noexcept;
  };
  std::unique_ptr<z_stream, End> stream_;  // zlib keeps its address
  bool between_streams_ = true;
  bool behind_one_ = false;  // a whole stream came before this one
};

}  // namespace seqfeat
