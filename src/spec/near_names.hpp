// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

// What somebody may have meant by a name that is not known.

namespace seqfeat {

/// Letters to insert, delete, replace or swap with their neighbour until `a` reads `b`; ASCII case
/// does not count, and of long names only the first 128 bytes do.
[[nodiscard]] std::size_t edit_distance(std::string_view a, std::string_view b);

/// The names of `known` that are nearest to `name`, at most `most` of them, nearest first. What
/// only goes on where the other ends is near: `tokens` and `tokens_embedding`.
[[nodiscard]] std::vector<std::string_view> near_names(std::string_view name,
                                                       std::span<const std::string_view> known,
                                                       std::size_t most = 3);

/// `'a', 'b' or 'c'`; nothing for no names.
[[nodiscard]] std::string alternatives(std::span<const std::string_view> names);

/// `; did you mean 'a', 'b' or 'c'?` with the nearest names, to stand at the end of a message;
/// nothing if none is known.
[[nodiscard]] std::string did_you_mean(std::string_view name,
                                       std::span<const std::string_view> known,
                                       std::size_t most = 3);

}  // namespace seqfeat
