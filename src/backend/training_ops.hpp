// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bit>
#include <cstdint>

#include "backend/ops.hpp"
#include "seqfeat/detail/hd.hpp"
#include "seqfeat/philox.hpp"
#include "seqfeat/update_rule.hpp"

// What the training ops of a backend are given: one set for all columns and tables of a layer. What
// they compute stands in gradient.hpp and update_rule.hpp. A batch goes through
//
//   sequence_features   leaves for each value of a trained column, numbered as in
//                       first_contributions_of, its key, place and scale
//   group               sorts by key, keeping the order within a key, and finds runs of equal keys
//   sum_gradients       a run is a row of a table: sums, max_norm, writes it to a sparse gradient
//   update              or: sums, max_norm, and one step of the optimizer in place
//
// `apply` is an update with gradients that were summed already: each of their rows is a run of one
// contribution.
//
// The last three read nothing but `TrainingArgs::scratch`, the tables and the gradient: features,
// arena and header may be gone. Counts are on the device; grids come from the capacity in the
// shape.

namespace seqfeat::detail {

/// A table that training changes. Columns that are bound to one table share it.
struct TrainedTable {
  void* data = nullptr;
  std::int64_t rows = 0;
  std::int64_t pitch = 0;  ///< In elements.
  std::int64_t dim = 0;
  std::int64_t first_key = 0;  ///< The key of row 0; rows of all tables are numbered in one row.
  FloatType type = FloatType::float32;
  bool clips = false;
  float max_norm = 0.0F;
};

/// A column whose table is trained, in the layer's order: contributions of one key come in the
/// order (column, row, step, value).
struct TrainedColumn {
  std::int32_t column = 0;  ///< In LayerArgs::columns, which has combiner and slice.
  std::int32_t table = 0;   ///< In TrainingArgs::tables.
};

/// The largest batch that a launch is for, and what is static about training.
struct TrainingShape {
  std::int64_t values = 0;  ///< At most: of all trained columns together.
  std::int64_t slots = 0;   ///< Of the grid (LayerShape::slots).
  std::int64_t dim = 0;     ///< sum D: elements of a slot in the gradient.
  std::int64_t keys = 0;    ///< Rows of all trained tables. The key `keys` means: no row.
  std::int64_t widest = 0;  ///< The largest D of a trained table.
  std::int32_t columns = 0;
  std::int32_t tables = 0;
  bool clips = false;        ///< Some trained table has a max_norm.
  unsigned table_types = 0;  ///< The bits (type_bit) of the trained tables' types.
};

/// How many low bits of a key decide its order, `keys` included.
[[nodiscard]] constexpr int key_bits(const TrainingShape& shape) noexcept {
  return static_cast<int>(std::bit_width(static_cast<std::uint64_t>(shape.keys)));
}

/// The most values of trained columns in a batch: their numbers have 32 bits.
inline constexpr std::int64_t kMostContributions = (std::int64_t{1} << 32) - 2;

/// What all training ops get.
struct TrainingArgs {
  TrainingShape shape;
  const TrainedColumn* columns = nullptr;  ///< In the backend's memory, [shape.columns].
  const TrainedTable* tables = nullptr;    ///< Likewise, [shape.tables].
  void* scratch = nullptr;  ///< training_scratch_bytes(shape) bytes, 256-aligned; kept over ops.
};

/// The key of an id, or `shape.keys` for one without a row.
[[nodiscard]] SEQFEAT_HD constexpr std::int64_t key_of(const TrainingShape& shape,
                                                       const TrainedTable& table,
                                                       std::int64_t id) noexcept {
  return id >= 0 && id < table.rows ? table.first_key + id : shape.keys;
}

/// The table of a key below `shape.keys`: the last one that begins there or before.
[[nodiscard]] SEQFEAT_HD inline std::int32_t table_of_key(const TrainingArgs& args,
                                                          std::int64_t key) noexcept {
  return last_that_holds(std::int32_t{0}, args.shape.tables - 1,
                         [&](std::int32_t t) { return args.tables[t].first_key <= key; });
}

/// The first element of a contribution's gradient: the slice of `column` in slot `slot`.
/// `dim` is that of a slot.
[[nodiscard]] SEQFEAT_HD constexpr std::int64_t place_of(std::int64_t dim, const ColumnData& column,
                                                         std::int64_t slot) noexcept {
  return slot * dim + column.offset;
}

/// The place of a weighted value's contribution: its sign says that the scale is a factor whatever
/// its own sign is. Of element sizes of 2 bytes and more the sign vanishes from a place in bytes.
[[nodiscard]] SEQFEAT_HD constexpr std::int64_t weighted_place(std::int64_t place) noexcept {
  return place | INT64_MIN;
}

/// The place without that sign.
[[nodiscard]] SEQFEAT_HD constexpr std::int64_t place_in_gradient(std::int64_t place) noexcept {
  return place & INT64_MAX;
}

/// The same in bytes, for elements of `kBytes`.
template <int kBytes>
[[nodiscard]] SEQFEAT_HD constexpr std::int64_t byte_of_place(std::int64_t place) noexcept {
  static_assert(kBytes % 2 == 0, "the sign is shifted out");
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(place) * kBytes);
}
static_assert(byte_of_place<2>(weighted_place(5)) == 10);

/// The gradient of the layer's values, [slots, dim] without gaps.
struct GradientArgs {
  const void* data = nullptr;
  FloatType type = FloatType::float32;
};

/// Where the sparse gradient of a table goes: as many rows as there are distinct ids.
struct SparseRows {
  std::int64_t* ids = nullptr;    ///< [at most shape.values], ascending.
  float* rows = nullptr;          ///< [as many, dim]
  std::int64_t* count = nullptr;  ///< [1]
};

/// The optimizer's state beside a table: null where it has none.
struct TrainedState {
  float* first = nullptr;   ///< [rows, dim]; RowwiseAdagrad's is [rows].
  float* second = nullptr;  ///< [rows, dim]
  PhiloxKey rounding;       ///< Of stochastic rounding.
};

/// A step of an optimizer.
struct UpdateArgs {
  OptimizerKind kind = OptimizerKind::sgd;
  bool stochastic = false;                 ///< How tables of 16 bits are rounded.
  const UpdateScalars* scalars = nullptr;  ///< In the backend's memory.
  const TrainedState* states = nullptr;    ///< Likewise, [shape.tables].
};

/// The gradient of the weights of a weighted column. It reads what the forward pass left: features,
/// ids, weights, norms and `LayerArgs::values`.
struct WeightGradientArgs {
  std::int32_t column = 0;  ///< In LayerArgs::columns.
  GradientArgs gradient;
  float* out = nullptr;  ///< [values of the column], in their order; 0 of one without a row.
};

/// The gradient of one table as somebody else hands it over, for a step of an optimizer.
struct AppliedRows {
  TrainedTable table;       ///< Without max_norm: the gradient has been through it.
  TrainingShape shape;      ///< Of training with this table alone: `values` is the most rows.
  SparseRows rows;          ///< Ids are distinct and ascend.
  void* scratch = nullptr;  ///< training_scratch_bytes(shape) bytes, 256-aligned.
};

}  // namespace seqfeat::detail
