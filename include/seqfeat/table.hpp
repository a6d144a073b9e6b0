// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "seqfeat/column.hpp"
#include "seqfeat/float_type.hpp"

// Tables of embedding vectors: one row per bucket.

namespace seqfeat {

/// A view of a table: row r starts at element `r * pitch` of `data`.
///
/// Memory   On the host, or on the device of the backend that reads it.
struct TableView {
  const void* data = nullptr;
  std::int64_t rows = 0;
  std::int64_t dim = 0;
  std::int64_t pitch = 0;  ///< Elements from one row to the next; 0 means `dim`.
  FloatType type = FloatType::float32;

  [[nodiscard]] std::int64_t stride() const noexcept { return pitch == 0 ? dim : pitch; }
};

/// A table on the host: owned memory, or a mapped file of which only the pages in use are read.
class EmbeddingTable {
 public:
  /// A table of zeros.
  ///
  /// Throws   InvalidArgument for sizes < 1 or that overflow, OutOfMemory with rows, dim and bytes.
  EmbeddingTable(std::int64_t rows, std::int64_t dim, FloatType type = FloatType::float32);

  /// A table whose memory (`rows * dim` elements at `data`) lives as long as `keeper`.
  EmbeddingTable(std::int64_t rows, std::int64_t dim, void* data, std::shared_ptr<void> keeper,
                 FloatType type = FloatType::float32);

  /// The table that the initializer of `column` makes. It depends on the initializer's seed and the
  /// table's name alone.
  [[nodiscard]] static EmbeddingTable initialized(const EmbeddingColumn& column);

  [[nodiscard]] std::int64_t rows() const noexcept { return rows_; }
  [[nodiscard]] std::int64_t dim() const noexcept { return dim_; }
  [[nodiscard]] FloatType type() const noexcept { return type_; }
  [[nodiscard]] void* elements() noexcept { return data_; }
  [[nodiscard]] const void* elements() const noexcept { return data_; }
  [[nodiscard]] TableView view() const noexcept { return {data_, rows_, dim_, dim_, type_}; }

  // The elements of a float32 table; InvalidArgument for any other.

  [[nodiscard]] float* data() { return floats(); }
  [[nodiscard]] const float* data() const { return floats(); }

 private:
  [[nodiscard]] float* floats() const;

  std::int64_t rows_;
  std::int64_t dim_;
  FloatType type_;
  void* data_;
  std::shared_ptr<void> keeper_;
};

/// Element (row, column) of the truncated normal distribution of the table `name`.
///
/// Source   Philox4x32-10 (Salmon et al., SC'11) with the counter (row, column) and a key of `seed`
///          and Fingerprint64(name). A fixed rational function computes the quantiles, so that the
///          bits depend on no libm.
[[nodiscard]] float truncated_normal(const TruncatedNormal& distribution, std::int64_t dimension,
                                     std::string_view name, std::int64_t row, std::int64_t column);

/// Maps the tensor `name` (F32, F16 or BF16, [rows, dim]) of a safetensors file.
///
/// Throws   DataError naming the file and what is wrong with it; InvalidArgument with near names if
///          it has no such tensor.
[[nodiscard]] EmbeddingTable load_table(const std::filesystem::path& file, std::string_view name);

/// Writes tables to a safetensors file, each in its own type, whole or not at all.
///
/// Throws   IoError naming the file and the system's reason.
void save_tables(const std::filesystem::path& file, const std::map<std::string, TableView>& tables);

}  // namespace seqfeat
