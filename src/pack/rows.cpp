// SPDX-License-Identifier: Apache-2.0
#include <string>
#include <type_traits>
#include <vector>

#include "seqfeat/pack.hpp"

namespace seqfeat {
namespace {

template <class Token>
constexpr DType dtype_of() {
  if constexpr (std::is_same_v<Token, std::string>) {
    return DType::string;
  } else if constexpr (std::is_floating_point_v<Token>) {
    return sizeof(Token) == 4 ? DType::float32 : DType::float64;
  } else {
    constexpr auto first = std::is_signed_v<Token> ? DType::int8 : DType::uint8;
    constexpr int log2_size = sizeof(Token) == 1   ? 0
                              : sizeof(Token) == 2 ? 1
                              : sizeof(Token) == 4 ? 2
                                                   : 3;
    return static_cast<DType>(static_cast<int>(first) + log2_size);
  }
}

template <class Token>
void add(Ragged& batch, const Token& token) {
  if constexpr (std::is_same_v<Token, std::string>) {
    batch.add_value(std::string_view(token));
  } else if constexpr (std::is_floating_point_v<Token>) {
    batch.add_number(double{token});
  } else if constexpr (std::is_signed_v<Token>) {
    batch.add_value(std::int64_t{token});
  } else {
    batch.add_value(std::uint64_t{token});
  }
}

template <class Token>
Ragged flat(const std::vector<std::vector<Token>>& rows) {
  Ragged batch(dtype_of<Token>());
  for (const auto& row : rows) {
    for (const auto& token : row) {
      add(batch, token);
      batch.end_step();
    }
    batch.end_row();
  }
  return batch;
}

template <class Token>
Ragged nested(const std::vector<std::vector<std::vector<Token>>>& rows) {
  Ragged batch(dtype_of<Token>());
  for (const auto& row : rows) {
    for (const auto& step : row) {
      for (const auto& token : step) add(batch, token);
      batch.end_step();
    }
    batch.end_row();
  }
  return batch;
}

}  // namespace

Ragged from_rows(const std::vector<std::vector<std::string>>& rows) {
  return flat(rows);
}
Ragged from_nested_rows(const std::vector<std::vector<std::vector<std::string>>>& rows) {
  return nested(rows);
}

template <class Number>
Ragged from_rows(const std::vector<std::vector<Number>>& rows) {
  return flat(rows);
}
template <class Number>
Ragged from_nested_rows(const std::vector<std::vector<std::vector<Number>>>& rows) {
  return nested(rows);
}

template Ragged from_rows(const std::vector<std::vector<std::int8_t>>&);
template Ragged from_rows(const std::vector<std::vector<std::int16_t>>&);
template Ragged from_rows(const std::vector<std::vector<std::int32_t>>&);
template Ragged from_rows(const std::vector<std::vector<std::int64_t>>&);
template Ragged from_rows(const std::vector<std::vector<std::uint8_t>>&);
template Ragged from_rows(const std::vector<std::vector<std::uint16_t>>&);
template Ragged from_rows(const std::vector<std::vector<std::uint32_t>>&);
template Ragged from_rows(const std::vector<std::vector<std::uint64_t>>&);
template Ragged from_rows(const std::vector<std::vector<float>>&);
template Ragged from_rows(const std::vector<std::vector<double>>&);
template Ragged from_nested_rows(const std::vector<std::vector<std::vector<std::int8_t>>>&);
template Ragged from_nested_rows(const std::vector<std::vector<std::vector<std::int16_t>>>&);
template Ragged from_nested_rows(const std::vector<std::vector<std::vector<std::int32_t>>>&);
template Ragged from_nested_rows(const std::vector<std::vector<std::vector<std::int64_t>>>&);
template Ragged from_nested_rows(const std::vector<std::vector<std::vector<std::uint8_t>>>&);
template Ragged from_nested_rows(const std::vector<std::vector<std::vector<std::uint16_t>>>&);
template Ragged from_nested_rows(const std::vector<std::vector<std::vector<std::uint32_t>>>&);
template Ragged from_nested_rows(const std::vector<std::vector<std::vector<std::uint64_t>>>&);
template Ragged from_nested_rows(const std::vector<std::vector<std::vector<float>>>&);
template Ragged from_nested_rows(const std::vector<std::vector<std::vector<double>>>&);

}  // namespace seqfeat
