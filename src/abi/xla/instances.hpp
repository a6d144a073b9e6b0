// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "abi/xla/packed.hpp"
#include "seqfeat/batch.hpp"
#include "seqfeat/layer.hpp"
#include "seqfeat/spec_json.hpp"
#include "seqfeat/stream.hpp"
#include "seqfeat/training.hpp"

// Layers with their workspaces, made once and used again. XLA hands over tables at each call, and a
// layer may not get other tables while somebody computes with it, so that each call that is under
// way has a layer of its own.

namespace seqfeat::xla {

/// What a call is for. Calls that agree in all of it may use the same instance one after another.
struct Purpose {
  std::string spec;  ///< JSON, with `padding` `max_length`.
  PackedCapacity capacity;
  bool trains = false;  ///< The backward pass.
  int ordinal = -1;     ///< Of a CUDA device; -1 is the CPU.
  Stream stream = kHostStream;

  friend bool operator==(const Purpose&, const Purpose&) = default;
};

/// A layer for batches up to a capacity. For one call at a time.
class Instance {
 public:
  Instance(const Purpose& purpose, const Backend& backend);
  Instance(const Instance&) = delete;
  Instance& operator=(const Instance&) = delete;
  Instance(Instance&&) = delete;
  Instance& operator=(Instance&&) = delete;
  ~Instance();  ///< On a device it waits for the last call's work, which reads the layer.

  [[nodiscard]] const Purpose& purpose() const noexcept { return purpose_; }
  [[nodiscard]] const SequenceFeatures& layer() const noexcept { return layer_; }
  [[nodiscard]] std::int64_t padded_steps() const noexcept { return padded_steps_; }
  [[nodiscard]] std::int64_t batch_bytes() const noexcept { return layout_.bytes(); }
  /// The first embedding of each table, in the layer's order: the order of tables everywhere.
  [[nodiscard]] const std::vector<EmbeddingColumn>& embeddings() const noexcept {
    return embeddings_;
  }
  [[nodiscard]] bool is_bound_to(const std::vector<TableView>& tables) const noexcept;

  /// Uses these tables, one for each of `embeddings`. On a device it waits for the work of the call
  /// before if that had others.
  void bind(const std::vector<TableView>& tables);

  /// The forward pass of the batch at `batch`.
  void forward(const std::byte* batch, const Outputs& outputs);

  /// The gradients of the trained tables, until the next call. `gradient` is [B, T, sum D].
  const SparseGradient& backward(const std::byte* batch, const float* gradient);

 private:
  Instance(const Purpose& purpose, const Backend& backend, Spec spec);
  [[nodiscard]] Features features_of(const std::byte* batch) const;
  /// `table`, or its copy where another trained table stands at its address.
  [[nodiscard]] TableView apart(std::size_t index, const std::vector<TableView>& tables);

  Purpose purpose_;
  SequenceFeatures layer_;
  std::int64_t padded_steps_;
  std::vector<EmbeddingColumn> embeddings_;
  PackedLayout layout_;
  Workspace workspace_;
  std::vector<TableView> bound_;
  std::map<std::size_t, Buffer> copies_;
  Buffer lengths_, ids_;  ///< What the backward pass computes and nobody reads.
  std::optional<SparseGradient> gradient_;
};

/// Instances that no call uses, the one used last at the end.
class Instances {
 public:
  /// Those of the process. They are never destroyed: at the end of a process devices are gone.
  [[nodiscard]] static Instances& all();

  /// One for a call, which may be an idle one; of several the one that has these tables.
  [[nodiscard]] std::unique_ptr<Instance> take(const Purpose& purpose,
                                               const std::vector<TableView>& tables);
  /// Gives it back. Of many idle ones the one that was not used for longest goes.
  void give_back(std::unique_ptr<Instance> instance);

 private:
  [[nodiscard]] Backend backend_of(int ordinal);

  std::mutex mutex_;
  std::map<int, Backend> backends_;  ///< By the ordinal of a device; -1 is the CPU.
  std::vector<std::unique_ptr<Instance>> idle_;
};

}  // namespace seqfeat::xla
