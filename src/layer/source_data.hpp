// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "seqfeat/column.hpp"
#include "seqfeat/memory.hpp"

namespace seqfeat::detail {

/// What a source looks into, on the host. A layer owns it, and on a device a copy.
struct SourceData {
  CategoricalColumn column;  ///< The first column that it was made for.
  Buffer memory;
};

/// Points `source`, which is `column`'s, to its data; makes that unless it stands in `made` for a
/// column that looks into the same.
///
/// Throws   InvalidArgument: a vocabulary's file is not what its column says.
void give_data(std::vector<SourceData>& made, const CategoricalColumn& column, IdSource& source);

}  // namespace seqfeat::detail
