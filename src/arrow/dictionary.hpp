// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "arrow/place.hpp"
#include "arrow/runs.hpp"
#include "arrow/tokens.hpp"
#include "arrow/type.hpp"

namespace seqfeat::detail {

/// A dictionary-encoded level: int64s that number entries.
struct Encoded {
  Tokens indices;
  Tokens entries;  ///< Of all chunks' dictionaries, one behind the other.
};

/// Reads indices of type `index` and the entries that they number. An index of an entry that is
/// null is null itself.
///
/// Throws   DataError: what the arrays say is wrong, or an index lies.
[[nodiscard]] Encoded read_dictionary(const Runs& runs, DType index, const TokenType& type,
                                      const Place& place);

/// The entries that the indices number: a copy.
[[nodiscard]] Tokens decode(Encoded encoded, const Place& place);

}  // namespace seqfeat::detail
