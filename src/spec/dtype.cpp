// SPDX-License-Identifier: Apache-2.0
#include "seqfeat/dtype.hpp"

#include <algorithm>
#include <array>

#include "seqfeat/float_type.hpp"
#include "spec/json_words.hpp"

namespace seqfeat {

std::string_view to_string(DType dtype) noexcept {
  return word_of(dtype, kDTypeWords);
}

std::optional<DType> dtype_from(std::string_view name) noexcept {
  const auto found = std::find(kDTypeWords.begin(), kDTypeWords.end(), name);
  if (found == kDTypeWords.end()) return std::nullopt;
  return static_cast<DType>(found - kDTypeWords.begin());
}

std::string_view to_string(FloatType type) noexcept {
  constexpr std::array<std::string_view, 3> kWords{"float32", "float16", "bfloat16"};
  return word_of(type, kWords);
}

}  // namespace seqfeat
