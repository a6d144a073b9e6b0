// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "bench/inputs.hpp"

// Text that looks like words, for W7c: nobody's, so it can be made anywhere.

namespace seqfeat::bench {

/// The first `size` words of an invented language, the most frequent first.
///
/// Words are consonants and vowels in turns. As in real languages frequent words are short: the
/// word of rank r has 2 to 4 letters and 4 more for every factor of 32 in r.
[[nodiscard]] std::vector<std::string> invented_words(std::int64_t size);

/// `count` words drawn from the first 65,536 with a probability like 1 / rank^1.05: 8 bytes a word
/// on average.
///
/// Throws   std::length_error if the bytes do not fit 32-bit offsets.
[[nodiscard]] Strings invented_text(std::int64_t count, std::uint64_t seed);

}  // namespace seqfeat::bench
