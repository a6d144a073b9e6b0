// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "seqfeat/seqfeat.hpp"

// Random layers and batches to train, and what plain loops make of them. The loops share nothing
// with the library's rules: they are a second reading of what the documentation says.

namespace seqfeat::test {

/// A layer over identity columns, some frozen, some indicators, some over one table, some numeric,
/// some weighted, some crosses, and batches for it.
class RandomTraining {
 public:
  struct Sizes {
    int columns = 3;
    int rows = 12;
    int length = 9;
    int values = 3;  ///< Of a step, at most; 1: every step has one.
    std::int64_t buckets = 20;
    std::int64_t dim = 40;  ///< At most.
    bool nested = false;    ///< Steps have any number of values in every feature.
    double skew = 0.3;      ///< How often a value is the first id.
    bool crosses = true;    ///< Some columns are crosses, whose steps a device does not make.
  };
  RandomTraining(std::uint64_t seed, const Sizes& sizes);

  [[nodiscard]] const std::vector<Column>& columns() const noexcept { return columns_; }
  [[nodiscard]] const LayerOptions& options() const noexcept { return options_; }
  /// The next batch; views stay valid until the next one is drawn.
  [[nodiscard]] Features draw();
  /// Numbers for the gradient of the layer's values.
  [[nodiscard]] std::vector<float> gradient(std::int64_t count);
  [[nodiscard]] std::mt19937_64& random() noexcept { return random_; }

 private:
  [[nodiscard]] std::int64_t below(std::int64_t limit) {
    return static_cast<std::int64_t>(random_() % static_cast<std::uint64_t>(limit));
  }
  void draw_feature(Ragged& feature, const std::vector<std::int64_t>& lengths,
                    std::int64_t buckets);
  void draw_numbers(Ragged& feature, const std::vector<std::int64_t>& lengths, std::int64_t width);
  void draw_weights(Ragged& feature, const Ragged& values);
  [[nodiscard]] CategoricalColumn maybe_weighted(const CategoricalColumn& categorical);

  std::mt19937_64 random_;
  Sizes sizes_;
  std::vector<Column> columns_;
  std::optional<EmbeddingColumn> shared_;  ///< The first column over a shared table.
  LayerOptions options_;
  std::map<std::string, Ragged> features_;
};

/// id -> the summed gradient of its row, of one table.
using PlainGradient = std::map<std::int64_t, std::vector<float>>;

/// The gradients of all trained tables, by name, over what `batch` says of the ids and `features`
/// of their weights.
[[nodiscard]] std::map<std::string, PlainGradient> plain_gradients(
    const SequenceFeatures& layer, const Features& features, const Batch& batch,
    const std::vector<float>& gradient);

/// The gradient of the weights of weighted column `c`, of which `batch` has the ids and `values` is
/// what the layer answered.
[[nodiscard]] std::vector<float> plain_weight_gradients(const SequenceFeatures& layer,
                                                        const Features& features,
                                                        const Batch& batch, std::size_t c,
                                                        const std::vector<float>& values,
                                                        const std::vector<float>& gradient);

/// A layer's forward pass for training, in memory of its own.
class TrainingRun {
 public:
  TrainingRun(const SequenceFeatures& layer, const Features& features, std::int64_t room = 1);

  [[nodiscard]] Workspace& workspace() noexcept { return workspace_; }
  [[nodiscard]] const BatchSizes& sizes() const noexcept { return sizes_; }
  [[nodiscard]] const Plan& plan() const noexcept { return plan_; }
  /// Elements of the batch's values.
  [[nodiscard]] std::int64_t elements() const noexcept { return elements_; }

 private:
  static BatchSizes larger(BatchSizes sizes, std::int64_t room);

  Plan plan_;
  Workspace workspace_;
  BatchSizes sizes_;
  std::int64_t elements_ = 0;
};

/// A host array in the backend's memory.
class Uploaded {
 public:
  Uploaded(const Backend& backend, const void* data, std::int64_t bytes)
      : buffer_(backend.memory(), bytes, kHostStream) {
    backend.copy(buffer_.data(), data, bytes, kHostStream);
    backend.synchronize(kHostStream);
  }
  explicit Uploaded(const Backend& backend, const std::vector<float>& floats)
      : Uploaded(backend, floats.data(), static_cast<std::int64_t>(floats.size() * 4)) {}
  [[nodiscard]] void* data() const noexcept { return buffer_.data(); }

 private:
  Buffer buffer_;
};

/// Bytes of the backend's memory.
[[nodiscard]] std::vector<std::byte> downloaded(const Backend& backend, const void* data,
                                                std::int64_t bytes);
/// Of a table without gaps.
[[nodiscard]] std::vector<std::byte> downloaded(const Backend& backend, const TableView& table);
[[nodiscard]] std::vector<float> floats_of(const Backend& backend, const TableView& table);

}  // namespace seqfeat::test
