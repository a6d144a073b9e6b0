// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include "arrow/place.hpp"
#include "arrow/runs.hpp"
#include "arrow/type.hpp"
#include "seqfeat/detail/growing_array.hpp"
#include "seqfeat/dtype.hpp"
#include "seqfeat/ragged.hpp"

namespace seqfeat::detail {

/// The innermost level of a column: tokens one behind the other, without the nulls.
struct Tokens {
  DType dtype = DType::string;
  const void* data = nullptr;  ///< Arrow's, or `own_data`.
  Offsets byte_offsets;        ///< Strings: [count + 1], Arrow's or `own_offsets`.
  std::int64_t count = 0;
  std::int64_t bytes = 0;  ///< Strings: the end of the last one in `data`.
  std::int64_t slots = 0;  ///< Tokens and nulls.
  Run only{};              ///< All slots, as of Census.
  /// [slots + 1]: how many tokens stand in the first i slots. Empty if no slot is null.
  GrowingArray<std::int64_t> kept;
  GrowingArray<std::int64_t> own_offsets;
  GrowingArray<std::byte> own_data;

  [[nodiscard]] bool copied() const noexcept { return own_data.size() > 0; }
};

/// Reads the tokens that stand in `runs`.
///
/// Throws   DataError: what the arrays say is wrong, or an offset lies.
[[nodiscard]] Tokens read_tokens(const Runs& runs, const TokenType& type, const Place& place);

// Parts of it.

/// Checks what an array of tokens says of itself.
void check_tokens(const ArrowArray* array, const TokenType& type, const Place& place);

/// Counts what stands in `runs`, and says which slots are null.
[[nodiscard]] Tokens count_tokens(const Runs& runs, DType dtype, const Place& place);

/// Room for the ends of `tokens.count` strings, of which the first is 0. `take_ends` makes them the
/// byte offsets when they are written.
[[nodiscard]] std::int64_t* room_for_ends(Tokens& tokens, const Place& place);
void take_ends(Tokens& tokens);

/// Room for `bytes` bytes of data, and `slack` bytes behind them that may be written to.
[[nodiscard]] std::byte* room_for_data(Tokens& tokens, std::int64_t bytes, std::int64_t slack,
                                       const Place& place);

/// Reads string views: checks and measures all of them, then copies each string once.
void read_string_views(Tokens& tokens, const Runs& runs, const Place& place);

}  // namespace seqfeat::detail
