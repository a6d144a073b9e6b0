// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace seqfeat {

/// The sizes of a batch, or of the largest batch that a plan is for. Tokens and bytes are totals
/// over the features, each key once, after truncation. The values of a cross count as tokens, too,
/// once for all columns that cross the same features. `padded_steps` does not matter where nothing
/// is padded. Of features on a device the host knows no kept steps: `steps` counts those of the
/// views, of the feature that has the most.
struct BatchSizes {
  std::int64_t rows = 0;          ///< B
  std::int64_t steps = 0;         ///< S, the kept steps of all rows: the same in every feature.
  std::int64_t tokens = 0;        ///< What comes in, and what is crossed of it.
  std::int64_t bytes = 0;         ///< Of strings.
  std::int64_t padded_steps = 0;  ///< T, the steps that every row is padded to.
  std::int64_t ids = -1;  ///< Tokens over all columns; -1: as many as `tokens` allows at most.

  friend bool operator==(const BatchSizes&, const BatchSizes&) = default;
};

}  // namespace seqfeat
