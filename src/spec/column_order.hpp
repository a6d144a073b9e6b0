// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "seqfeat/column.hpp"

namespace seqfeat {

/// Sorts columns by full name, byte by byte: the order of their slices in `values`, and of the
/// canonical text. For UTF-8 it is the order of the code points, hence TensorFlow's.
void sort_by_name(std::vector<Column>& columns);

/// Throws InvalidArgument, naming the column, if two columns have one full name.
void check_names_differ(const std::vector<Column>& columns);

}  // namespace seqfeat
