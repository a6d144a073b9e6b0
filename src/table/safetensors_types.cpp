// SPDX-License-Identifier: Apache-2.0
#include "table/safetensors_types.hpp"

#include <array>

#include "backend/sizes.hpp"

namespace seqfeat {

std::optional<std::int64_t> bytes_of_dtype(std::string_view dtype) noexcept {
  struct Type {
    std::string_view name;
    std::int64_t bytes;
  };
  constexpr std::array<Type, 15> kTypes = {{{"BOOL", 1},
                                            {"U8", 1},
                                            {"I8", 1},
                                            {"F8_E5M2", 1},
                                            {"F8_E4M3", 1},
                                            {"I16", 2},
                                            {"U16", 2},
                                            {"F16", 2},
                                            {"BF16", 2},
                                            {"I32", 4},
                                            {"U32", 4},
                                            {"F32", 4},
                                            {"F64", 8},
                                            {"I64", 8},
                                            {"U64", 8}}};
  for (const Type& type : kTypes) {
    if (type.name == dtype) return type.bytes;
  }
  return std::nullopt;
}

std::optional<FloatType> float_type_of(std::string_view dtype) noexcept {
  for (const FloatType type : {FloatType::float32, FloatType::float16, FloatType::bfloat16}) {
    if (dtype_of(type) == dtype) return type;
  }
  return std::nullopt;
}

std::string_view dtype_of(FloatType type) noexcept {
  constexpr std::array<std::string_view, 3> kNames{"F32", "F16", "BF16"};
  return kNames.at(static_cast<std::size_t>(type));
}

std::optional<std::int64_t> bytes_of_tensor(std::string_view dtype,
                                            std::span<const std::int64_t> shape) noexcept {
  std::optional<std::int64_t> bytes = bytes_of_dtype(dtype);
  bool empty = false;
  for (const std::int64_t size : shape) {
    if (size < 0) return std::nullopt;
    empty = empty || size == 0;
  }
  if (empty && bytes) return 0;
  for (const std::int64_t size : shape) {
    if (bytes) bytes = detail::product({*bytes, size});
  }
  return bytes;
}

std::string describe_tensor(std::string_view dtype, std::span<const std::int64_t> shape) {
  std::string out(dtype);
  out += " [";
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (i > 0) out += ", ";
    out += std::to_string(shape[i]);
  }
  return out += ']';
}

}  // namespace seqfeat
