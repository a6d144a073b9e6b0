// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <string_view>

// The words of a spec in JSON, except the types of categorical columns (see sources.hpp). The word
// of an enumerator stands at the position of its number.

namespace seqfeat {

inline constexpr std::string_view kEmbeddingType = "embedding_column";
inline constexpr std::string_view kIndicatorType = "indicator_column";
inline constexpr std::string_view kNumericType = "sequence_numeric_column";
inline constexpr std::string_view kSharedEmbeddingType = "shared_embedding_column";
inline constexpr std::string_view kWeightedType = "sequence_weighted_categorical_column";

inline constexpr std::string_view kTruncatedNormalType = "truncated_normal";

inline constexpr std::array<std::string_view, 9> kDTypeWords = {
    "string", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"};
inline constexpr std::array<std::string_view, 2> kNumberDTypeWords = {"float32", "float64"};
inline constexpr std::array<std::string_view, 3> kCombinerWords = {"mean", "sum", "sqrtn"};
inline constexpr std::array<std::string_view, 3> kTruncationWords = {"error", "keep_first",
                                                                     "keep_last"};
inline constexpr std::array<std::string_view, 2> kPaddingWords = {"longest", "max_length"};
inline constexpr std::array<std::string_view, 2> kPaddingSideWords = {"right", "left"};

/// The word of an enumerator, or "unknown" for a number without one.
template <class Enum, class Words>
[[nodiscard]] constexpr std::string_view word_of(Enum value, const Words& words) noexcept {
  const auto i = static_cast<std::size_t>(value);
  return i < words.size() ? words[i] : std::string_view("unknown");
}

}  // namespace seqfeat
