// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "seqfeat/arrow_abi.hpp"

namespace seqfeat::run {

/// Opens files of columns, Parquet and Arrow IPC, as streams of Arrow memory. This library reads no
/// such file itself: whoever calls it does, Python by pyarrow.
///
/// Called by one thread at a time, not always the same.
/// Throws   DataError for a file's contents; UnreadableFile if the system, or a store far away,
///          refuses; InvalidArgument where such files cannot be read at all.
class ArrowFiles {
 public:
  ArrowFiles() = default;
  ArrowFiles(const ArrowFiles&) = delete;
  ArrowFiles& operator=(const ArrowFiles&) = delete;
  ArrowFiles(ArrowFiles&&) = delete;
  ArrowFiles& operator=(ArrowFiles&&) = delete;
  virtual ~ArrowFiles() = default;

  /// The size of a file, which must be there.
  [[nodiscard]] virtual std::int64_t size(const std::string& name) = 0;

  /// Opens a file of `format` ("parquet" or "arrow"): a stream of tables with `columns`, whose rows
  /// come in the file's order.
  virtual void open(const std::string& name, std::string_view format,
                    const std::vector<std::string>& columns, ArrowArrayStream* out) = 0;

  /// Words for which rows the streams have; empty if all.
  [[nodiscard]] virtual std::string filter() const = 0;
};

}  // namespace seqfeat::run
