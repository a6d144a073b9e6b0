// SPDX-License-Identifier: Apache-2.0
#include "layer/trained_tables.hpp"

#include <algorithm>
#include <cstddef>

#include "backend/concat.hpp"
#include "seqfeat/error.hpp"

namespace seqfeat::detail {
namespace {

/// Where a table's bytes are: `rows` pieces, `pitch` bytes apart.
struct Extent {
  explicit Extent(const TrainedTable& table)
      : begin(reinterpret_cast<std::uintptr_t>(table.data)),
        row(static_cast<std::uintptr_t>(table.dim * size_of(table.type))),
        pitch(static_cast<std::uintptr_t>(table.pitch * size_of(table.type))),
        end(begin + static_cast<std::uintptr_t>(table.rows - 1) * pitch + row) {}

  std::uintptr_t begin;
  std::uintptr_t row;
  std::uintptr_t pitch;
  std::uintptr_t end;
};

/// Tables of one pitch may stand side by side, as parts of wider rows.
bool overlap(const Extent& a, const Extent& b) noexcept {
  if (b.begin < a.begin) return overlap(b, a);
  if (b.begin >= a.end) return false;
  if (a.pitch != b.pitch) return true;
  const std::uintptr_t shift = (b.begin - a.begin) % a.pitch;
  return shift < a.row || shift + b.row > a.pitch;
}

bool same_table(const TrainedTable& a, const TrainedTable& b) noexcept {
  return a.data == b.data && a.rows == b.rows && a.dim == b.dim && a.pitch == b.pitch &&
         a.type == b.type && a.clips == b.clips && a.max_norm == b.max_norm;
}

TrainedTable table_of(const TableRule& rule) noexcept {
  // A trainable column's table is written to, whoever owns it (SequenceFeatures::update).
  return {const_cast<void*>(rule.data),
          rule.rows,
          rule.pitch,
          rule.dim,
          0,
          rule.type,
          rule.clips,
          rule.max_norm};
}

}  // namespace

TrainedTables find_trained_tables(const CompiledColumns& columns) {
  TrainedTables trained;
  std::int64_t keys = 0;
  for (const std::size_t c : columns.trained) {
    TrainedTable table = table_of(columns.data[c].table);
    std::size_t t = 0;
    for (; t < trained.tables.size() && !same_table(trained.tables[t], table); ++t) {
      if (!overlap(Extent(trained.tables[t]), Extent(table))) continue;
      throw InvalidArgument(
          concat("column '", columns.names[c], "': its table overlaps '", trained.names[t],
                 "', that of another; trained tables are apart, or the same: one address, shape, ",
                 "type, pitch and max_norm"));
    }
    if (t == trained.tables.size()) {
      table.first_key = keys;
      if (__builtin_add_overflow(keys, table.rows, &keys)) {
        throw InvalidArgument("columns: the rows of all trained tables overflow int64");
      }
      trained.tables.push_back(table);
      trained.names.push_back(columns.embedding(c)->table());
    }
    trained.columns.push_back({static_cast<std::int32_t>(c), static_cast<std::int32_t>(t)});
  }
  return trained;
}

bool same_shapes(const TrainedTables& a, const TrainedTables& b) {
  return a.names == b.names &&
         std::equal(a.tables.begin(), a.tables.end(), b.tables.begin(), b.tables.end(),
                    [](const TrainedTable& x, const TrainedTable& y) {
                      return x.rows == y.rows && x.dim == y.dim;
                    });
}

TrainingShape shape_of(const TrainedTables& trained, std::int64_t dim) {
  TrainingShape shape;
  shape.dim = dim;
  shape.columns = static_cast<std::int32_t>(trained.columns.size());
  shape.tables = static_cast<std::int32_t>(trained.tables.size());
  for (const TrainedTable& table : trained.tables) {
    shape.keys += table.rows;
    shape.widest = std::max(shape.widest, table.dim);
    shape.clips = shape.clips || table.clips;
    shape.table_types |= type_bit(table.type);
  }
  return shape;
}

}  // namespace seqfeat::detail
