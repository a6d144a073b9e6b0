// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "seqfeat/float_type.hpp"
#include "seqfeat/pack.hpp"
#include "seqfeat/ragged.hpp"
#include "tests/golden/golden_case.hpp"

// The pieces of a case as C++ values. Everything throws BadCase where the form is not kept.

namespace seqfeat::golden {

/// A row-major tensor: floats, or booleans as one byte each.
struct Tensor {
  std::vector<std::int64_t> shape = {};
  std::vector<float> floats = {};          ///< Widened, if `type` has 16 bits.
  std::vector<std::uint16_t> halves = {};  ///< As they are stored.
  std::vector<std::uint8_t> booleans = {};
  FloatType type = FloatType::float32;

  /// The elements as they are stored.
  [[nodiscard]] const void* elements() const noexcept {
    return type == FloatType::float32 ? static_cast<const void*>(floats.data()) : halves.data();
  }
};

/// Values that stand one behind the other.
struct Tokens {
  DType dtype = DType::string;
  std::vector<std::byte> data;
  std::vector<std::int64_t> byte_offsets;  ///< Strings only.
  std::int64_t count = 0;

  [[nodiscard]] ValuesView view() const noexcept;
};

/// A ragged batch as the case's CSR says it.
struct Csr {
  std::vector<std::int64_t> row_offsets;
  std::vector<std::int64_t> step_offsets;  ///< Empty where every step has one value.
  Tokens tokens;

  [[nodiscard]] RaggedView view() const noexcept;
};

[[nodiscard]] std::string bytes_from(const Json& base64);
[[nodiscard]] std::vector<std::string> list_of_bytes_from(const Json& list);

/// An integer from a JSON number or its decimal text.
[[nodiscard]] std::int64_t int64_from(const Json& json);
[[nodiscard]] std::uint64_t uint64_from(const Json& json);
[[nodiscard]] std::vector<std::int64_t> int64s_from(const Json& list);

/// A tensor, or the one of the file that `json` refers to.
[[nodiscard]] Tensor tensor_from(const Json& json, const Json& tensors);

/// The `values_b64`, `values` or `values_f32` of `holder`.
[[nodiscard]] Tokens tokens_from(const Json& holder, DType dtype);
[[nodiscard]] DType dtype_of(const Json& holder);

/// The `csr` of a feature.
[[nodiscard]] Csr csr_from(const Json& feature);

/// A feature through the conversion from dense or from sparse input, whichever it is. Of a numeric
/// column `values_per_step` is the product of the shape.
[[nodiscard]] Ragged converted(const Json& feature, std::string_view key,
                               std::int64_t values_per_step = 1);

}  // namespace seqfeat::golden
