// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "seqfeat/arrow_abi.hpp"
#include "seqfeat/dtype.hpp"

// The type of a column: what its schema says, as far as columns of tokens can have it.

namespace seqfeat::detail {

/// How a level of lists finds its children.
struct ListType {
  enum class Layout : std::uint8_t {
    offsets,  ///< +l +L: element i spans [o[i], o[i + 1]) of the child.
    views,    ///< +vl +vL: element i spans [o[i], o[i] + s[i]).
    fixed,    ///< +w:N: element i spans [N i, N i + N).
  };
  Layout layout;
  bool wide;           ///< 64-bit offsets and sizes.
  std::int64_t width;  ///< N.
};

/// How tokens are stored.
struct TokenType {
  enum class Layout : std::uint8_t {
    integers,       ///< And floats: numbers of a fixed size.
    strings,        ///< u z U Z: offsets into bytes.
    string_views,   ///< vu vz: 16 bytes each, which hold short strings.
    fixed_strings,  ///< w:N: N bytes each.
    nulls,          ///< n: no buffer at all.
  };
  Layout layout;
  DType dtype;
  bool wide;           ///< strings: 64-bit offsets.
  std::int64_t width;  ///< fixed_strings: N.
};

struct ColumnType {
  std::vector<ListType> lists;  ///< Outermost first; at most two.
  TokenType token;
  std::optional<DType> index;  ///< Tokens are in a dictionary, whose indices have this type.
};

/// The type of a column called `key`. A column of nulls is one of type `of_nulls`.
///
/// Throws   InvalidArgument naming `key` and the type if it has no tokens; DataError if the schema
///          contradicts itself.
[[nodiscard]] ColumnType column_type(const ArrowSchema& schema, std::string_view key,
                                     DType of_nulls);

/// Whether the schema is that of a table: a struct.
[[nodiscard]] bool is_struct(const ArrowSchema& schema) noexcept;

}  // namespace seqfeat::detail
