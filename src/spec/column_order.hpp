// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "seqfeat/column.hpp"

namespace seqfeat {

/// Sorts columns by the bytes of their full names. That is the order of their slices in `values`
/// and of the canonical text, and TensorFlow's order, because UTF-8 sorts like its code points.
void sort_by_name(std::vector<Column>& columns);

/// Throws InvalidArgument, naming the column, if two columns have one full name.
void check_names_differ(const std::vector<Column>& columns);

/// Throws InvalidArgument, naming the column, if a weighted one is not embedded.
void check_weights_are_read(const std::vector<Column>& columns);

/// Throws InvalidArgument, naming two columns, if they give one table a name but do not agree on
/// what it is.
void check_tables_agree(const std::vector<Column>& columns);

}  // namespace seqfeat
