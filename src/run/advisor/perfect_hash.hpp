// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "run/advisor/bucket_sample.hpp"

// What collisions cost if a hash chooses every bucket at random, and what they cost in fact.

namespace seqfeat::run {

/// The mean number of tokens beyond the first of their bucket.
[[nodiscard]] double expected_collisions(double distinct, std::int64_t buckets);

/// The share of occurrences that collide. Its mean is the chance of one token to meet another one;
/// its spread is exact too and depends on `squares`, the sum of the squared shares of all tokens:
/// if one token makes half of the text, its bucket decides alone.
[[nodiscard]] Share expected_share(double distinct, double squares, std::int64_t buckets);

/// The fewest buckets, at least 2, whose mean share is below `limit`.
[[nodiscard]] std::int64_t fewest_on_average(double distinct, double limit);

/// The fewest buckets for which less than `limit` of the occurrences of these words collide; sizes
/// above 64 are tried in steps of 1/64. Nothing if none does up to twice the fewest on average.
///
/// `words`  All words, the most frequent ones first.
[[nodiscard]] std::optional<std::int64_t> fewest_for(std::span<const Word> words, double limit);

}  // namespace seqfeat::run
