// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "backend/training_ops.hpp"
#include "layer/compiled_columns.hpp"

namespace seqfeat::detail {

/// The tables that training changes, each once, and the columns that read them.
struct TrainedTables {
  std::vector<TrainedTable> tables;
  std::vector<TrainedColumn> columns;
  std::vector<std::string> names;  ///< Of tables: what the first column of each calls it.
};

/// Finds them among columns whose tables are all there. Trainable columns that are bound to one
/// address with one shape, type, pitch and max_norm share a table.
///
/// Throws   InvalidArgument naming two columns whose tables overlap in any other way.
[[nodiscard]] TrainedTables find_trained_tables(const CompiledColumns& columns);

/// True if a state for one fits the other: the same names, rows and dims. Addresses do not matter.
[[nodiscard]] bool same_shapes(const TrainedTables& a, const TrainedTables& b);

/// What is static about training these columns with these tables; of `tables` only their number and
/// rows count.
[[nodiscard]] TrainingShape shape_of(const TrainedTables& trained, std::int64_t dim);

}  // namespace seqfeat::detail
