// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <zlib.h>

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

#include "seqfeat/tfrecord.hpp"

namespace seqfeat {

/// How many bytes from the start `compression_of` wants to see at most.
inline constexpr std::size_t kSniffBytes = 256;

/// gzip, zlib or none, from the first bytes of a file.
///
/// A zlib stream may begin like text ("x^…"): what cannot be inflated and has no control characters
/// is none.
[[nodiscard]] Compression compression_of(std::string_view first);

/// "none", "gzip", "zlib", "automatic".
[[nodiscard]] std::string_view to_string(Compression compression) noexcept;

/// Inflates gzip members or zlib streams, one behind the other, a piece at a time.
class Inflater {
 public:
  explicit Inflater(Compression format);

  struct Step {
    std::size_t taken;    ///< Bytes used of the input.
    std::size_t made;     ///< Bytes written.
    const char* problem;  ///< What is wrong with the stream behind them, or null.
  };
  /// Takes and makes what it can at once.
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
