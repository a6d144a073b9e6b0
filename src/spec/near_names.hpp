// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

// Suggestions for a name that is not known.

namespace seqfeat {

/// The number of letters to insert, delete, replace or swap with their neighbour that turns `a`
/// into `b`. Ignores ASCII case, and everything behind the first 128 bytes.
[[nodiscard]] std::size_t edit_distance(std::string_view a, std::string_view b);

/// The names of `known` nearest to `name`, at most `most` of them, nearest first. A name that
/// begins with the other is near: `tokens` and `tokens_embedding`.
[[nodiscard]] std::vector<std::string_view> near_names(std::string_view name,
                                                       std::span<const std::string_view> known,
                                                       std::size_t most = 3);

/// `'a', 'b' or 'c'`; empty for no names.
[[nodiscard]] std::string alternatives(std::span<const std::string_view> names);

/// `; did you mean 'a', 'b' or 'c'?` with the nearest names, for the end of a message. Empty if
/// `known` is.
[[nodiscard]] std::string did_you_mean(std::string_view name,
                                       std::span<const std::string_view> known,
                                       std::size_t most = 3);

}  // namespace seqfeat
