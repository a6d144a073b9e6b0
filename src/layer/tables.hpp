// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <mutex>
#include <optional>
#include <vector>

#include "layer/compiled_columns.hpp"
#include "seqfeat/backend.hpp"
#include "seqfeat/table.hpp"

namespace seqfeat::detail {

/// The tables of a layer, and its columns' data in the backend's memory.
class Tables {
 public:
  Tables(Backend backend, CompiledColumns& columns);

  void bind(std::size_t column, const TableView& table);

  /// Makes what was not bound. After the first time it costs a look at a flag.
  void complete();

  /// The column's table; null data if it was neither bound nor made.
  [[nodiscard]] TableView view(std::size_t column) const;

  /// The columns' data as kernels read it.
  [[nodiscard]] const ColumnData* data() const noexcept;
  [[nodiscard]] const ColumnGroup* groups() const noexcept;

 private:
  void set(std::size_t column, const TableView& table);
  void upload();

  Backend backend_;
  CompiledColumns& columns_;
  std::mutex mutex_;
  bool complete_ = false;
  std::vector<Buffer> copies_;                       // on a device
  std::vector<std::optional<EmbeddingTable>> made_;  // on the host
  Buffer data_;                                      // columns' data on a device
  Buffer groups_;                                    // likewise
};

}  // namespace seqfeat::detail
