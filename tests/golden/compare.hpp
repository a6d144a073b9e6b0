// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "seqfeat/ragged.hpp"
#include "tests/golden/decode.hpp"

// Comparisons that throw Difference naming the first place where two answers part.

namespace seqfeat::golden {

/// Element by element, bit by bit.
void same(std::string_view what, std::span<const std::int64_t> got,
          std::span<const std::int64_t> expected);

/// Shape and bits. Any NaN equals any NaN; -0 is not 0.
void same_floats(std::string_view what, std::span<const std::int64_t> shape,
                 std::span<const float> got, const Tensor& expected);

/// Shape and every byte.
void same_booleans(std::string_view what, std::span<const std::int64_t> shape,
                   std::span<const std::uint8_t> got, const Tensor& expected);

/// Shape, and every float within `tolerance`.
void close_floats(std::string_view what, std::span<const std::int64_t> shape,
                  std::span<const float> got, const Tensor& expected, float tolerance);

/// Shape, and every float within `tolerance` times the largest that is expected: sums in two orders
/// whose terms cancel differ by as much as their terms are large.
void near_floats(std::string_view what, std::span<const std::int64_t> shape,
                 std::span<const float> got, const Tensor& expected, float tolerance);

/// JSON values, member by member.
void same_json(std::string_view what, const Json& got, const Json& expected);

/// A parsed feature: its type, its CSR form, and the sparse tensor that TensorFlow would make of
/// it.
void same_feature(std::string_view key, const RaggedView& got, const Json& expected);

}  // namespace seqfeat::golden
