// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <mutex>
#include <optional>
#include <vector>

#include "layer/compiled_columns.hpp"
#include "layer/trained_tables.hpp"
#include "seqfeat/backend.hpp"
#include "seqfeat/table.hpp"

namespace seqfeat::detail {

/// The tables of a layer, by their index in `CompiledColumns::tables`, and its columns' data in the
/// backend's memory.
class Tables {
 public:
  Tables(Backend backend, CompiledColumns& columns);

  void bind(std::size_t index, const TableView& table);

  /// Makes what was not bound. After the first time it costs a look at a flag.
  void complete();

  /// The table; null data if it was neither bound nor made.
  [[nodiscard]] TableView view(std::size_t index) const;

  /// Finds the tables to train among the complete ones, and brings what kernels need to know of
  /// them to the backend. After the first time it costs a look at a flag. Throws InvalidArgument if
  /// trained tables overlap.
  void prepare_training();
  /// What `prepare_training` found.
  [[nodiscard]] const TrainedTables& trained() const noexcept { return trained_; }
  /// Likewise, in the backend's memory.
  [[nodiscard]] const TrainedTable* trained_tables() const noexcept;
  [[nodiscard]] const TrainedColumn* trained_columns() const noexcept;

  /// The columns' data as kernels read it.
  [[nodiscard]] const ColumnData* data() const noexcept;
  [[nodiscard]] const ColumnGroup* groups() const noexcept;

 private:
  void set(std::size_t index, const TableView& table);
  void point(std::size_t table, const TableView& view);
  /// The first column over a table: all that share one agree on what it is.
  [[nodiscard]] const EmbeddingColumn* first_of(std::size_t index) const noexcept {
    return columns_.embedding(columns_.tables[index].columns.front());
  }
  void upload();

  Backend backend_;
  CompiledColumns& columns_;
  std::mutex mutex_;
  std::atomic<bool> complete_ = false;
  std::vector<Buffer> copies_;                       // on a device
  std::vector<std::optional<EmbeddingTable>> made_;  // on the host
  Buffer data_;                                      // columns' data on a device
  Buffer groups_;                                    // likewise
  std::vector<Buffer> sources_;                      // copies of columns_.sources on a device
  bool knows_trained_ = false;
  TrainedTables trained_;
  Buffer trained_memory_;  // on a device: [tables][columns]
};

}  // namespace seqfeat::detail
