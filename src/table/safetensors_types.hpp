// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "seqfeat/float_type.hpp"

namespace seqfeat {

inline constexpr std::string_view kMetadataKey = "__metadata__";

/// A file begins with the length of its header, a number of so many bytes.
inline constexpr std::size_t kLengthBytes = 8;

/// Bytes of one element of a tensor type of the format, or nothing for an unknown name.
[[nodiscard]] std::optional<std::int64_t> bytes_of_dtype(std::string_view dtype) noexcept;

/// The float type of a tensor type, or nothing if tables cannot have it.
[[nodiscard]] std::optional<FloatType> float_type_of(std::string_view dtype) noexcept;
/// "F32", "F16", "BF16".
[[nodiscard]] std::string_view dtype_of(FloatType type) noexcept;

/// Bytes of a tensor, or nothing if its type is unknown, a size is negative or they overflow.
[[nodiscard]] std::optional<std::int64_t> bytes_of_tensor(
    std::string_view dtype, std::span<const std::int64_t> shape) noexcept;

/// `F32 [1000, 10]`, for messages.
[[nodiscard]] std::string describe_tensor(std::string_view dtype,
                                          std::span<const std::int64_t> shape);

}  // namespace seqfeat
