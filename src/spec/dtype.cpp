// SPDX-License-Identifier: Apache-2.0
#include "seqfeat/dtype.hpp"

#include <array>
#include <cstddef>

namespace seqfeat {
namespace {

constexpr std::array<std::string_view, 9> kNames = {"string", "int8",   "int16",  "int32", "int64",
                                                    "uint8",  "uint16", "uint32", "uint64"};

}  // namespace

std::string_view to_string(DType dtype) noexcept {
  const auto i = static_cast<std::size_t>(dtype);
  return i < kNames.size() ? kNames[i] : "unknown";
}

std::optional<DType> dtype_from(std::string_view name) noexcept {
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (kNames[i] == name) return static_cast<DType>(i);
  }
  return std::nullopt;
}

}  // namespace seqfeat
