// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "bench/cpu/workload.hpp"
#include "seqfeat/seqfeat.hpp"

// Records, batches of features, and a layer that runs over them again and again.

namespace seqfeat::bench {

inline constexpr std::int64_t kBatchRows = 1024;
inline const ParseSpec kTokens = {{"tokens", DType::string}};

/// Rows as the workloads on `tokens` cut them.
inline const LayerOptions kCut{.max_length = 512, .truncation = Truncation::keep_first};

/// A TFRecord file of tf.Examples in memory.
struct Records {
  std::string bytes;  ///< Framed, as in the file.
  std::vector<std::string> records;
  ParseSpec spec = kTokens;
};

/// The file that the context names.
[[nodiscard]] Records set_mm(const CpuContext& context);

/// 16,384 rows of 19 to 25 tokens out of a million words of 8 bytes.
[[nodiscard]] Records w5(const CpuContext& context);

/// As many rows and tokens as w5, of int64.
[[nodiscard]] Records integers(const CpuContext& context);

/// Integers of 1 to 18 digits, uniform in their logarithm.
[[nodiscard]] std::vector<std::int64_t> numbers(std::int64_t count);

/// Where records come from.
using Source = Records (*)(const CpuContext&);

/// Reads all records of a file, a batch after the other, into the same parser.
void read_all(TfRecordReader reader, ExampleParser& parser);

[[nodiscard]] std::int64_t tokens_in(std::span<const Features> batches);

/// Parses records into batches.
[[nodiscard]] std::vector<Features> batches_of(const Records& records);

/// `rows` rows of `steps` words of 8 bytes under the keys c0, c1, … of so many columns.
[[nodiscard]] Features words(std::int64_t rows, std::int64_t steps, std::int64_t columns = 1);

/// Columns `c0_embedding` … over `words`.
[[nodiscard]] std::vector<Column> columns_of(std::int64_t columns, std::int64_t buckets,
                                             std::int64_t dim);

/// A layer whose outputs and workspace are used again and again.
class LayerRunner {
 public:
  /// Binds a cheaply made table to every column: large ones would take long to initialize.
  LayerRunner(std::vector<Column> columns, const Backend& backend, const LayerOptions& options);

  /// Makes room for every one of `batches`.
  void reserve(std::span<const Features> batches);
  BatchSizes run(const Features& batch);

  [[nodiscard]] const SequenceFeatures& layer() const noexcept { return layer_; }
  [[nodiscard]] const Outputs& outputs() const noexcept { return outputs_; }

 private:
  SequenceFeatures layer_;
  std::vector<EmbeddingTable> tables_;
  std::optional<Workspace> workspace_;
  Buffer values_, lengths_, mask_;
  Outputs outputs_;
};

/// The column of the workloads on `tokens`.
[[nodiscard]] Column tokens_column(std::int64_t dim, std::int64_t buckets);

}  // namespace seqfeat::bench
