// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <cstring>

#include "backend/divisor.hpp"
#include "seqfeat/batch_sizes.hpp"
#include "seqfeat/combine.hpp"
#include "seqfeat/crossed.hpp"
#include "seqfeat/detail/hd.hpp"
#include "seqfeat/float_type.hpp"
#include "seqfeat/id_source.hpp"
#include "seqfeat/pad.hpp"
#include "seqfeat/ragged.hpp"

// What the ops of a backend are given. Plain data: the same structs lie in the host's memory for
// the CPU and in the device's for CUDA.

namespace seqfeat::detail {

/// Ids of 32 or 64 bits.
struct Ids {
  const void* data = nullptr;
  bool wide = true;  ///< int64, else int32.

  [[nodiscard]] SEQFEAT_HD std::int64_t operator[](std::int64_t i) const noexcept {
    return wide ? static_cast<const std::int64_t*>(data)[i]
                : std::int64_t{static_cast<const std::int32_t*>(data)[i]};
  }
};

/// Tokens to hash. Without `modulo`, fingerprints are written as they are.
struct HashArgs {
  DType dtype;
  const void* data;
  Offsets byte_offsets;
  std::int64_t count;
  std::int64_t bytes;
  bool modulo;
  FastModulo buckets;
  void* out;
  /// `out` is int64; else int32, and there are at most FastModulo::kMost32 buckets.
  bool wide = true;

  /// What is written for a fingerprint where `out` is of type Id.
  template <class Id>
  [[nodiscard]] SEQFEAT_HD Id id_of(std::uint64_t fingerprint) const noexcept {
    if constexpr (sizeof(Id) == sizeof(std::int32_t)) {
      return static_cast<Id>(buckets.remainder_32(fingerprint));
    } else {
      return modulo ? bucket_of(buckets, fingerprint) : static_cast<Id>(fingerprint);
    }
  }
};

/// Tokens without a batch around them that become ids by a keyed hash. The masked token, of
/// `kMostText` bytes at most, travels with the arguments.
struct MapArgs {
  static constexpr std::int64_t kMostText = 1024;

  RaggedView view;
  /// Of any kind that keyed_id_of is for; its data is `text`, wherever that stands.
  IdSource source;
  std::int64_t* out;
  // NOLINTNEXTLINE(modernize-avoid-c-arrays): std::array has no operators on a device
  unsigned char text[kMostText];
};

/// What a table's rows become: the rule of one embedding.
struct TableRule {
  const void* data = nullptr;
  std::int64_t rows = 0;
  std::int64_t pitch = 0;  ///< In elements.
  std::int64_t dim = 0;
  FloatType type = FloatType::float32;
  float max_norm = 0.0F;
  bool clips = false;
  Combiner combiner = Combiner::mean;
  bool weighted = false;  ///< Rows have weights; only in a layer.
};

/// Rows of steps to gather and combine, unpadded. Ids outside the table give zero rows.
struct LookupArgs {
  TableRule table;
  Ids ids;
  std::int64_t id_count;
  Offsets step_offsets;  ///< Absent: one id a step.
  std::int64_t steps;
  float* norms;  ///< [id_count] of scratch, where the table clips.
  void* out;
  std::int64_t out_pitch;  ///< In elements.
  FloatType out_type;
};

/// What a column writes into its slice.
enum class ColumnKind : std::uint8_t { embedding, indicator, ids_only, numeric };

/// A column as kernels see it; written when the layer is built or a table is bound.
struct ColumnData {
  TableRule table;
  IdSource source;
  std::int64_t offset = 0;   ///< First element of its slice in a row of `values`.
  std::int64_t width = 0;    ///< Elements of its slice: dim, the source's rows, numbers of a step.
  std::int32_t feature = 0;  ///< Which of the batch's features it reads.
  ColumnKind kind = ColumnKind::embedding;
  float fill = 0.0F;  ///< numeric: what completes a step, and stands in padding.
  /// embedding: not every value counts in its step: ids may have no row, or weights leave them out.
  bool partial = false;
  std::int32_t weights = -1;  ///< Of a weighted column: which feature weighs its values.
};

/// Value `i` of a feature, inside its buffer whatever its offsets say.
[[nodiscard]] SEQFEAT_HD inline Token token_of(const RaggedView& view, std::int64_t i) noexcept {
  if (view.dtype != DType::string) {
    return {view.dtype, nullptr, 0, integer_at(view.data, view.dtype, i)};
  }
  const std::int64_t begin = clamp_offset(view.byte_offsets[i], view.bytes);
  const std::int64_t end = clamp_offset(view.byte_offsets[i + 1], view.bytes);
  return {DType::string, static_cast<const unsigned char*>(view.data) + begin,
          end > begin ? end - begin : 0, 0};
}

/// What a crossed column's source looks into. Behind it `std::int32_t feature[operands]`: which of
/// the batch's features it crosses, in order.
struct Cross {
  std::uint64_t hash_key = kDefaultCrossKey;
  std::int64_t operands = 0;
};
[[nodiscard]] SEQFEAT_HD inline const std::int32_t* operands_of(const Cross* cross) noexcept {
  return reinterpret_cast<const std::int32_t*>(cross + 1);
}

/// True if the column has ids.
[[nodiscard]] SEQFEAT_HD constexpr bool has_ids(const ColumnData& column) noexcept {
  return column.kind != ColumnKind::numeric;
}

/// True if the ids of each step are closed up: a value without a row does not count in its step, so
/// that ids with rows move to the front, in order, and -1 fills the rest. What is not an embedding
/// takes no notice of such ids, and a step of a single value has a vector of zeros either way,
/// unless its row has a weight.
[[nodiscard]] SEQFEAT_HD inline bool closes_up(const ColumnData& column,
                                               const RaggedView& view) noexcept {
  if (!column.partial) return false;
  return column.table.weighted || !view.step_offsets.absent() || view.values_per_step != 1;
}

/// How many of the `count` closed up ids of a step have rows.
template <class Id>
[[nodiscard]] SEQFEAT_HD inline std::int64_t count_with_rows(const Id* ids,
                                                             std::int64_t count) noexcept {
  return first_that_fails(std::int64_t{0}, count, [ids](std::int64_t i) { return ids[i] >= 0; });
}

// Closing up moves a weighted step's values. Behind the weights of those that have rows stands
// which values have none, by their places in the step, the first one last.

SEQFEAT_HD inline void note_left_out(ValueWeight& place, std::int64_t value) noexcept {
  const auto number = static_cast<std::uint32_t>(value);
  std::memcpy(&place.weight, &number, sizeof number);
}

[[nodiscard]] SEQFEAT_HD inline std::int64_t left_out(const ValueWeight& place) noexcept {
  std::uint32_t value = 0;
  std::memcpy(&value, &place.weight, sizeof value);
  return value;
}

/// Where the `k`-th of the `n` values with rows stood in its step of `count` values, whose weights
/// are `weights`.
[[nodiscard]] SEQFEAT_HD inline std::int64_t place_in_step(const ValueWeight* weights,
                                                           std::int64_t n, std::int64_t count,
                                                           std::int64_t k) noexcept {
  const std::int64_t before = first_that_fails(std::int64_t{0}, count - n, [&](std::int64_t m) {
    return left_out(weights[count - 1 - m]) - m <= k;
  });
  return k + before;
}

/// Columns side by side that a backend may write together: their slices are too narrow to be
/// written one by one.
struct ColumnGroup {
  std::int32_t first = 0;
  std::int32_t count = 0;
  std::int64_t offset = 0;  ///< First element of the first slice in a row of `values`.
  std::int64_t width = 0;   ///< Elements of all slices.
};
inline constexpr std::int32_t kGroupColumns = 32;
inline constexpr std::int64_t kNarrowSlice = 32;  ///< Narrower slices are grouped.

/// One feature of a batch.
struct BatchFeature {
  RaggedView view;     ///< Pointers in the backend's memory.
  bool exact = false;  ///< Rows hold just the steps that are kept: nothing to trim or truncate.
};

/// A row's steps as they were given, with the empty ones at its end.
[[nodiscard]] SEQFEAT_HD inline StepRange given_steps(const RaggedView& view,
                                                      std::int64_t row) noexcept {
  const std::int64_t begin = clamp_offset(view.row_offsets[row], view.step_limit());
  const std::int64_t end = clamp_offset(view.row_offsets[row + 1], view.step_limit());
  return {begin, end > begin ? end - begin : 0};
}

/// True if a row has the same steps in two features that are crossed: as many as they were given,
/// or as many without the empty ones at the end.
[[nodiscard]] SEQFEAT_HD inline bool same_steps(const RaggedView& a, const RaggedView& b,
                                                std::int64_t row) noexcept {
  return given_steps(a, row).count == given_steps(b, row).count ||
         steps_of_row(a, row).count == steps_of_row(b, row).count;
}

/// The values of step `t` of a row, counted in the row; none where it has no such step.
[[nodiscard]] SEQFEAT_HD inline StepRange values_in_row(const RaggedView& view, std::int64_t row,
                                                        std::int64_t t) noexcept {
  const StepRange steps = given_steps(view, row);
  return t >= 0 && t < steps.count ? values_of_step(view, steps.begin + t) : StepRange{};
}

/// The values of one operand that stand in a step of a cross.
[[nodiscard]] SEQFEAT_HD inline StepRange operand_values(const BatchFeature& cross,
                                                         const RaggedView& operand,
                                                         std::int64_t step) noexcept {
  if (cross.exact) return values_of_step(operand, step);
  // Between the rows' steps stand empty ones, in each feature others.
  if (cross.view.rows() <= 0) return {};
  const std::int64_t row = last_not_above(cross.view.row_offsets, cross.view.rows(), step);
  return values_in_row(operand, row, step - cross.view.row_offsets[row]);
}

/// The id of the value at `place` of step `step` of a crossed column, one of `count`. Whatever
/// offsets say, it reads inside the operands.
[[nodiscard]] SEQFEAT_HD inline std::int64_t crossed_id_of(const BatchFeature* features,
                                                           const BatchFeature& feature,
                                                           const IdSource& source,
                                                           std::int64_t step, std::int64_t count,
                                                           std::int64_t place) noexcept {
  const auto* cross = reinterpret_cast<const Cross*>(source.data);
  const std::int32_t* const operands = operands_of(cross);
  const auto values = [&](std::int64_t k) {
    return operand_values(feature, features[operands[k]].view, step);
  };
  const std::uint64_t hash = crossed_hash(
      cross->hash_key, cross->operands, count, place,
      [&](std::int64_t k) { return values(k).count; },
      [&](std::int64_t k, std::int64_t i) {
        const Token token = token_of(features[operands[k]].view, values(k).begin + i);
        return is_integer(token.dtype) ? static_cast<std::uint64_t>(token.integer)
                                       : fingerprint64(token);
      });
  return bucket_of(source.buckets, hash);
}

/// The same of value `i` of the column. A device's memory may say that there are values behind the
/// last step's; they have the id 0.
[[nodiscard]] SEQFEAT_HD inline std::int64_t crossed_id_at(const BatchFeature* features,
                                                           const BatchFeature& feature,
                                                           const IdSource& source,
                                                           std::int64_t i) noexcept {
  if (feature.view.step_limit() <= 0) return 0;
  const std::int64_t step = step_of_value(feature.view, i);
  const StepRange values = values_of_step(feature.view, step);
  if (!values.contains(i)) return 0;
  return crossed_id_of(features, feature, source, step, values.count, i - values.begin);
}

/// What only the device can see. The smallest word wins, so that the first bad place is reported.
enum class Fault : std::uint8_t {
  none,
  row_offset,
  step_offset,
  byte_offset,
  length,
  too_long,
  past_end,
  step_size,
  weights,
  cross_size
};

/// Column, row and step of a fault in one word: 12, 28 and 20 bits, saturated, above 4 of the kind.
[[nodiscard]] SEQFEAT_HD constexpr std::uint64_t status_word(std::int64_t column, std::int64_t row,
                                                             std::int64_t step,
                                                             Fault fault) noexcept {
  const auto cut = [](std::int64_t v, int bits) {
    const std::int64_t top = (std::int64_t{1} << bits) - 1;
    return static_cast<std::uint64_t>(v < top ? v : top);
  };
  return (cut(column, 12) << 52) | (cut(row, 28) << 24) | (cut(step, 20) << 4) |
         static_cast<std::uint64_t>(fault);
}
inline constexpr std::uint64_t kStatusOk = ~std::uint64_t{0};

/// What a status word says.
struct Status {
  std::int64_t column;
  std::int64_t row;
  std::int64_t step;
  Fault fault;
};
[[nodiscard]] constexpr Status status_of(std::uint64_t word) noexcept {
  const auto field = [word](int from, int bits) {
    return static_cast<std::int64_t>(word >> from & ((std::uint64_t{1} << bits) - 1));
  };
  return {field(52, 12), field(24, 28), field(4, 20), static_cast<Fault>(field(0, 4))};
}

/// The counts of one batch, and the grid of slots that is filled. It stands at the front of the
/// arena, in the backend's memory; behind it `BatchFeature[features]`, then
/// `std::int64_t first_id[columns + 1]`: where each column's ids begin, and of a workspace that
/// trains `std::int64_t first_contribution[trained + 1]`: where the values of each trained column
/// begin among those of all trained columns. (See features_of, first_ids_of and
/// first_contributions_of.)
///
/// The grid of a padded batch has a row of T slots for each row of the batch. A ragged batch is
/// laid out as a single row: the S kept steps of all rows stand side by side in S slots, so that
/// slot s holds step s and nothing is padding. Its features say the same: each has one row of S
/// steps (`one_row`). So slots are filled by one rule. `by_row` has the batch's rows.
struct BatchHeader {
  BatchSizes sizes;
  std::int64_t row_slots = 0;  ///< Slots of a row of the grid: T, or S.
  std::int64_t slots = 0;      ///< Slots of the grid: B * T, or S.
  Divisor by_row_slots;        ///< What splits a slot's number into row and step.
  std::int32_t features = 0;
  std::int32_t columns = 0;
  std::int32_t trained = 0;  ///< Trained columns, where the workspace is planned for training.
  // NOLINTNEXTLINE(modernize-avoid-c-arrays): std::array has no operators on a device
  std::int64_t one_row[2] = {0, 0};  ///< Row offsets of a single row: 0 and S.
  BatchFeature by_row;  ///< The first column's feature with the batch's rows: it gives the lengths.
  std::uint64_t status = kStatusOk;  ///< What kernels found wrong; the copy of a batch resets it.
};

[[nodiscard]] SEQFEAT_HD inline const BatchFeature* features_of(const BatchHeader* h) noexcept {
  return reinterpret_cast<const BatchFeature*>(h + 1);
}
[[nodiscard]] SEQFEAT_HD inline const std::int64_t* first_ids_of(const BatchHeader* h) noexcept {
  return reinterpret_cast<const std::int64_t*>(features_of(h) + h->features);
}
[[nodiscard]] SEQFEAT_HD inline const std::int64_t* first_contributions_of(
    const BatchHeader* h) noexcept {
  return first_ids_of(h) + h->columns + 1;
}
[[nodiscard]] constexpr std::int64_t header_bytes(std::int64_t features, std::int64_t columns,
                                                  std::int64_t trained = 0) noexcept {
  const std::int64_t firsts = columns + 1 + (trained > 0 ? trained + 1 : 0);
  return static_cast<std::int64_t>(sizeof(BatchHeader)) +
         features * static_cast<std::int64_t>(sizeof(BatchFeature)) + firsts * 8;
}

/// A row's steps that stand in the output; every backend asks here.
[[nodiscard]] SEQFEAT_HD inline StepRange kept_steps(const BatchFeature& feature, PadRule rule,
                                                     std::int64_t row) noexcept {
  if (feature.exact) {
    const std::int64_t begin = feature.view.row_offsets[row];
    return {begin, feature.view.row_offsets[row + 1] - begin};
  }
  const StepRange steps = steps_of_row(feature.view, row);
  return rule.kept(steps.begin, steps.count);
}

/// The length of row `row`; 0 behind the batch's last row.
[[nodiscard]] SEQFEAT_HD inline std::int64_t length_of_row(const BatchHeader& h, PadRule rule,
                                                           std::int64_t row) noexcept {
  return row < h.sizes.rows ? kept_steps(h.by_row, rule, row).count : 0;
}

/// The first step of row `row` of a ragged batch; behind the batch's last row the number of steps.
[[nodiscard]] SEQFEAT_HD inline std::int64_t first_step_of_row(const BatchHeader& h,
                                                               std::int64_t row) noexcept {
  const std::int64_t known = row < h.sizes.rows ? row : h.sizes.rows;
  return known > 0 ? h.by_row.view.row_offsets[known] : 0;
}

/// The bit of a type in a set of types.
[[nodiscard]] constexpr unsigned type_bit(FloatType type) noexcept {
  return 1U << static_cast<unsigned>(type);
}

/// The largest batch that a launch is for, and what is static about the layer.
struct LayerShape {
  BatchSizes sizes;
  std::int64_t slots = 0;  ///< Of the grid: B * T, or S.
  std::int64_t dim = 0;    ///< sum D
  std::int32_t columns = 0;
  std::int64_t widest = 0;  ///< The widest group.
  std::int32_t groups = 0;
  std::int32_t most_columns = 0;  ///< Of a group.
  bool clips = false;             ///< Some column has a max_norm.
  bool hashes = false;            ///< Some column's ids are buckets.
  bool maps = false;              ///< Some column's ids come from another source.
  bool plain = true;              ///< All of them are plain (IdSource::plain).
  bool total = true;              ///< Every value of every embedding counts in its step.
  bool weighs = false;            ///< Some column is weighted.
  bool counts = false;            ///< Some column has no rows to copy: it counts, or is numeric.
  bool fills = false;             ///< Padding of some numeric column is not 0.
  unsigned table_types = 0;       ///< The bits (type_bit) of all tables' types.
  bool foreign = false;           ///< Features come from a device: offsets are checked there.
  bool nested = false;            ///< Some feature has step offsets.
  bool single = false;            ///< Every step of every feature has one value.
  bool trains = false;            ///< The ids of all columns are kept for contributions.
};

/// One batch through the layer.
struct LayerArgs {
  LayerShape shape;
  PadRule rule;
  bool too_long_is_fault = false;       ///< truncation = error, for what only the device can see.
  const ColumnData* columns = nullptr;  ///< In the backend's memory, [shape.columns].
  const ColumnGroup* groups = nullptr;  ///< Likewise, [shape.groups].
  BatchHeader* header = nullptr;        ///< In the backend's memory; kernels write its status.
  void* values = nullptr;               ///< [slots, dim] without gaps; null: not wanted.
  FloatType values_type = FloatType::float32;
  std::int64_t* lengths = nullptr;      ///< [sizes.rows]; rows beyond the batch's get 0.
  std::int64_t* row_offsets = nullptr;  ///< [sizes.rows + 1], of a ragged batch; may be null.
  std::uint8_t* mask = nullptr;         ///< [slots]; may be null.
  std::int64_t* ids = nullptr;          ///< [sizes.ids]; may be null.
  void* scratch = nullptr;              ///< scratch_bytes(shape) bytes, 256-aligned.
};

}  // namespace seqfeat::detail
