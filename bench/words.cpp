// SPDX-License-Identifier: Apache-2.0
#include "bench/words.hpp"

#include <bit>
#include <string_view>

namespace seqfeat::bench {
namespace {

constexpr std::uint64_t kSeed = 8000;  // of the language
constexpr std::int64_t kVocabulary = 65'536;

std::string spell(std::int64_t rank, std::size_t length) {
  constexpr std::string_view kConsonants = "bcdfghjklmnpqrstvwxyz";
  constexpr std::string_view kVowels = "aeiou";
  std::string word;
  for (std::size_t i = 0; i < length; ++i) {
    const std::string_view letters = i % 2 == 0 ? kConsonants : kVowels;
    const std::uint64_t bits = random_bits(kSeed + 1, static_cast<std::uint64_t>(rank) * 32 + i);
    word += letters[bits % letters.size()];
  }
  return word;
}

std::size_t letters_of(std::int64_t rank) {
  const auto bits = static_cast<std::size_t>(std::bit_width(static_cast<std::uint64_t>(rank) + 1));
  const std::uint64_t extra = random_bits(kSeed, static_cast<std::uint64_t>(rank)) % 3;
  return 2 + 4 * (bits - 1) / 5 + extra;
}

}  // namespace

std::vector<std::string> invented_words(std::int64_t size) {
  std::vector<std::string> words;
  for (std::int64_t rank = 0; rank < size; ++rank) words.push_back(spell(rank, letters_of(rank)));
  return words;
}

Strings invented_text(std::int64_t count, std::uint64_t seed) {
  const std::vector<std::string> words = invented_words(kVocabulary);
  Strings text;
  text.offsets.reserve(static_cast<std::size_t>(count) + 1);
  for (const std::int64_t rank :
       power_law(count, kVocabulary, {.alpha = 1.05, .permuted = false}, seed)) {
    text.append(words[static_cast<std::size_t>(rank)]);
  }
  return text;
}

}  // namespace seqfeat::bench
