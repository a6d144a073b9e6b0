// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "bench/random.hpp"
#include "seqfeat/pack.hpp"

// Inputs of the workloads: functions of a seed, the same on every machine, made by all cores.

namespace seqfeat::bench {

/// Runs body(begin, end) over slices of [0, count) on all cores.
void in_parallel(std::int64_t count, const std::function<void(std::int64_t, std::int64_t)>& body);

/// Strings one behind the other.
struct Strings {
  std::string bytes;
  std::vector<std::int32_t> offsets = {0};

  [[nodiscard]] std::int64_t count() const noexcept {
    return static_cast<std::int64_t>(offsets.size()) - 1;
  }
  [[nodiscard]] ValuesView view() const;
  /// Adds `bytes` as the last one.
  ///
  /// Throws   std::length_error if all bytes do not fit 32-bit offsets.
  void append(std::string_view bytes);
};

/// `count` strings of random bytes, their lengths uniform in [shortest, longest].
///
/// Throws   std::length_error if the bytes do not fit 32-bit offsets.
[[nodiscard]] Strings random_strings(std::int64_t count, int shortest, int longest,
                                     std::uint64_t seed);

/// The tokens of a TFRecord file's feature `tokens`, over and over until there are `count`.
///
/// Throws   DataError if the file cannot be read; std::length_error if it holds no token.
[[nodiscard]] Strings tokens_of(const std::filesystem::path& file, std::int64_t count);

/// Integers of 1 to 19 digits, uniform in their logarithm, half of them negative.
[[nodiscard]] std::vector<std::int64_t> log_uniform(std::int64_t count, std::uint64_t seed);

/// Which rows of a table are asked for: row r with a probability like 1 / (r + shift)^alpha.
struct PowerLaw {
  double alpha = 0;  ///< 0: uniform.
  double shift = 1;
  bool permuted = true;  ///< Frequent rows are strewn over the table.
};
[[nodiscard]] std::vector<std::int64_t> power_law(std::int64_t count, std::int64_t rows,
                                                  const PowerLaw& law, std::uint64_t seed);

/// How many different values `ids` holds, all in [0, rows).
[[nodiscard]] std::int64_t distinct(const std::vector<std::int64_t>& ids, std::int64_t rows);

// Text that looks like words, for W7c: nobody's, so it can be made anywhere.

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
