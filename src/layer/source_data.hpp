// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
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

/// The same for a cross, which looks into its operands: places among the features of a batch.
void give_operands(std::vector<SourceData>& made, const CategoricalColumn& column,
                   const std::vector<std::size_t>& operands, IdSource& source);

}  // namespace seqfeat::detail
