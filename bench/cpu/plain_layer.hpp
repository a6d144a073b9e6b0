// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "seqfeat/batch.hpp"
#include "seqfeat/ragged.hpp"
#include "seqfeat/table.hpp"

// The layer as anybody would write it in a minute, for one value per step.

namespace seqfeat::bench {

/// Hashes every token by `fingerprint64` and `%` and copies its row of `table` to `values`, token
/// behind token: no padding, no lengths, no mask.
void hash_and_copy(const RaggedView& tokens, const TableView& table, float* values);

/// What the layer wrote held against such a loop with padding: "" or the first difference.
[[nodiscard]] std::string difference_from_plain(const RaggedView& tokens, const TableView& table,
                                                const BatchSizes& shape, const Outputs& outputs);

}  // namespace seqfeat::bench
