// SPDX-License-Identifier: Apache-2.0
#include "seqfeat/dtype.hpp"

#include <array>

#include "seqfeat/float_type.hpp"
#include "spec/json_words.hpp"

namespace seqfeat {

std::string_view to_string(DType dtype) noexcept {
  if (!is_float(dtype)) return word_of(dtype, kDTypeWords);
  const auto i = static_cast<std::size_t>(dtype) - kDTypeWords.size();
  return i < kNumberDTypeWords.size() ? kNumberDTypeWords[i] : std::string_view("unknown");
}

std::optional<DType> dtype_from(std::string_view name) noexcept {
  for (int i = 0; i <= static_cast<int>(DType::float64); ++i) {
    if (to_string(static_cast<DType>(i)) == name) return static_cast<DType>(i);
  }
  return std::nullopt;
}

std::string_view to_string(FloatType type) noexcept {
  constexpr std::array<std::string_view, 3> kWords{"float32", "float16", "bfloat16"};
  return word_of(type, kWords);
}

}  // namespace seqfeat
