// SPDX-License-Identifier: Apache-2.0
#include "layer/tables.hpp"

#include <algorithm>

#include "backend/backend_impl.hpp"
#include "backend/concat.hpp"
#include "layer/alignment.hpp"
#include "seqfeat/error.hpp"

namespace seqfeat::detail {

Tables::Tables(Backend backend, CompiledColumns& columns)
    : backend_(std::move(backend)),
      columns_(columns),
      copies_(columns.tables.size()),
      made_(columns.tables.size()) {
  if (backend_.on_device()) {
    data_ = Buffer(backend_.memory(),
                   static_cast<std::int64_t>(columns_.data.size() * sizeof(ColumnData)),
                   backend_.impl().own_stream());
    groups_ = Buffer(backend_.memory(),
                     static_cast<std::int64_t>(columns_.groups.size() * sizeof(ColumnGroup)),
                     backend_.impl().own_stream());
    backend_.copy(groups_.data(), columns_.groups.data(), groups_.size_bytes(),
                  backend_.impl().own_stream());
    for (const SourceData& source : columns_.sources) {
      const Buffer& copy = sources_.emplace_back(backend_.memory(), source.memory.size_bytes(),
                                                 backend_.impl().own_stream());
      backend_.copy(copy.data(), source.memory.data(), copy.size_bytes(),
                    backend_.impl().own_stream());
    }
  }
  upload();
}

void Tables::upload() {
  if (!backend_.on_device()) return;
  std::vector<ColumnData> there = columns_.data;
  for (ColumnData& column : there) {
    if (column.source.data == nullptr) continue;
    const auto of = std::find_if(
        columns_.sources.begin(), columns_.sources.end(),
        [&column](const SourceData& source) { return source.memory.data() == column.source.data; });
    column.source.data =
        sources_[static_cast<std::size_t>(of - columns_.sources.begin())].as<unsigned char>();
  }
  const Stream stream = backend_.impl().own_stream();
  backend_.copy(data_.data(), there.data(), data_.size_bytes(), stream);
  backend_.synchronize(stream);
}

const ColumnData* Tables::data() const noexcept {
  return backend_.on_device() ? data_.as<ColumnData>() : columns_.data.data();
}

const ColumnGroup* Tables::groups() const noexcept {
  return backend_.on_device() ? groups_.as<ColumnGroup>() : columns_.groups.data();
}

/// Lets all columns of a table read `view`.
void Tables::point(std::size_t table, const TableView& view) {
  for (const std::size_t column : columns_.tables[table].columns) {
    TableRule& rule = columns_.data[column].table;
    rule.data = view.data;
    rule.rows = view.rows;
    rule.pitch = view.stride();
    rule.type = view.type;
  }
  knows_trained_ = false;
}

void Tables::set(std::size_t index, const TableView& table) {
  point(index, table);
  if (!backend_.on_device() || backend_.impl().can_read(table.data)) return;
  // The host's table: its rows go to the device side by side.
  const Stream stream = backend_.impl().own_stream();
  const std::int64_t row_bytes = table.dim * size_of(table.type);
  Buffer copy(backend_.memory(), table.rows * row_bytes, stream);
  if (table.stride() == table.dim) {
    backend_.copy(copy.data(), table.data, copy.size_bytes(), stream);
  } else {
    const auto* from = static_cast<const std::byte*>(table.data);
    const std::int64_t stride = table.stride() * size_of(table.type);
    for (std::int64_t row = 0; row < table.rows; ++row) {
      backend_.copy(copy.as<std::byte>() + row * row_bytes, from + row * stride, row_bytes, stream);
    }
  }
  backend_.synchronize(stream);
  point(index, {copy.data(), table.rows, table.dim, table.dim, table.type});
  copies_[index] = std::move(copy);
}

void Tables::bind(std::size_t index, const TableView& table) {
  const std::string& name = columns_.tables[index].name;
  const EmbeddingColumn* embedding = first_of(index);
  const std::int64_t rows = embedding->categorical().rows();
  if (table.rows != rows || table.dim != embedding->dimension()) {
    throw InvalidArgument(concat("column '", name, "': got a table [", table.rows, ", ", table.dim,
                                 "], expected [", rows, ", ", embedding->dimension(), "]"));
  }
  if (table.data == nullptr || table.stride() < table.dim) {
    throw InvalidArgument(
        concat("column '", name, "': got a table ",
               table.data == nullptr ? "without data" : "whose pitch is below dim"));
  }
  check_alignment(concat("column '", name, "': table"), table.data, table.type);
  const std::lock_guard lock(mutex_);
  set(index, table);
  made_[index].reset();
  upload();
}

void Tables::complete() {
  if (complete_) return;  // without a lock, which a fork meanwhile would leave locked in the child
  const std::lock_guard lock(mutex_);
  if (complete_) return;
  for (std::size_t t = 0; t < columns_.tables.size(); ++t) {
    if (view(t).data != nullptr) continue;
    made_[t] = EmbeddingTable::initialized(*first_of(t));
    set(t, made_[t]->view());
    if (backend_.on_device()) made_[t].reset();
  }
  upload();
  complete_ = true;
}

void Tables::prepare_training() {
  const std::lock_guard lock(mutex_);
  if (knows_trained_) return;
  trained_ = find_trained_tables(columns_);
  if (backend_.on_device()) {
    const Stream stream = backend_.impl().own_stream();
    const auto tables = static_cast<std::int64_t>(trained_.tables.size() * sizeof(TrainedTable));
    const auto columns = static_cast<std::int64_t>(trained_.columns.size() * sizeof(TrainedColumn));
    trained_memory_ = Buffer(backend_.memory(), tables + columns, stream);
    auto* memory = trained_memory_.as<std::byte>();
    backend_.copy(memory, trained_.tables.data(), tables, stream);
    backend_.copy(memory + tables, trained_.columns.data(), columns, stream);
    backend_.synchronize(stream);
  }
  knows_trained_ = true;
}

const TrainedTable* Tables::trained_tables() const noexcept {
  return backend_.on_device() ? trained_memory_.as<TrainedTable>() : trained_.tables.data();
}

const TrainedColumn* Tables::trained_columns() const noexcept {
  if (!backend_.on_device()) return trained_.columns.data();
  const auto* behind = trained_memory_.as<TrainedTable>() + trained_.tables.size();
  return reinterpret_cast<const TrainedColumn*>(behind);
}

TableView Tables::view(std::size_t index) const {
  const TableRule& rule = columns_.data[columns_.tables[index].columns.front()].table;
  return {rule.data, rule.rows, rule.dim, rule.pitch, rule.type};
}

}  // namespace seqfeat::detail
