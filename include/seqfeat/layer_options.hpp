// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>

namespace seqfeat {

/// What happens to a row of more than `max_length` steps.
enum class Truncation : std::uint8_t { error, keep_first, keep_last };

/// How wide a batch is: as its longest row, or always `max_length`.
enum class Padding : std::uint8_t { longest, max_length };

/// The side of a row on which padding stands. With `left`, a row's steps end at T - 1.
enum class PaddingSide : std::uint8_t { right, left };

/// How rows of any length become a rectangle of T steps.
struct LayerOptions {
  std::optional<std::int64_t> max_length = std::nullopt;  ///< In steps, >= 1; nothing: no limit.
  Truncation truncation = Truncation::error;
  Padding padding = Padding::longest;  ///< `max_length` needs the option of that name.
  PaddingSide padding_side = PaddingSide::right;
  std::int64_t pad_to_multiple_of = 1;  ///< T is rounded up to a multiple of this; >= 1.

  friend bool operator==(const LayerOptions&, const LayerOptions&) = default;
};

/// Throws InvalidArgument, naming the option, unless the options can be met.
void check(const LayerOptions& options);

}  // namespace seqfeat
