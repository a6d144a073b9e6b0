// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "seqfeat/dtype.hpp"
#include "tests/arrow/made_array.hpp"
#include "tests/arrow/rows.hpp"
#include "tests/support/random.hpp"

// Random columns, laid out in every way that Arrow has, and what they mean.

namespace seqfeat::test {

/// An element of a column: a null, a token, or a list.
struct Element {
  bool null = false;
  std::string token{};  ///< Of integers their decimal number.
  std::vector<Element> list{};
};

/// A type of columns. Formats of lists first, outermost first; then the format of the tokens.
struct ColumnFormat {
  std::vector<std::string> lists{};
  std::string token{};
  std::string index{};  ///< Of a dictionary, or empty.
  bool nulls = true;    ///< There are some.

  [[nodiscard]] DType dtype() const;
  [[nodiscard]] std::string text() const;
};

ColumnFormat random_format(Rng& rng);

/// Random elements of a column, one a row.
std::vector<Element> random_rows(Rng& rng, const ColumnFormat& format, std::int64_t rows);

/// What the rows mean, by the rules of `ArrowTable`.
Rows meaning_of(const std::vector<Element>& rows, const ColumnFormat& format);

/// The rows as an array: with elements before and behind them, slots of nulls that are not empty,
/// lists that lie apart and entries that nobody uses.
MadeArray random_array(Rng& rng, const std::vector<Element>& rows, const ColumnFormat& format);

/// The rows as an array without any of that.
MadeArray plain_array(const std::vector<Element>& rows, const ColumnFormat& format);

}  // namespace seqfeat::test
