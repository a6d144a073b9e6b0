// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "seqfeat/batch_sizes.hpp"
#include "seqfeat/layer.hpp"
#include "seqfeat/optimizer.hpp"
#include "seqfeat/stream.hpp"

// What training keeps besides the tables: the state of an optimizer, or sparse gradients for
// somebody else's. SequenceFeatures::update and ::gradients take them.

namespace seqfeat {

namespace detail {
struct OptimizerStateImpl;
struct SparseGradientImpl;
}  // namespace detail

/// A tensor of an optimizer's state, float32, in the backend's memory, without gaps.
struct StateTensor {
  std::string table;
  std::string slot;          ///< "accumulator", "moment1", "moment2" or "linear".
  std::int64_t rows = 0;     ///< Of the table.
  std::int64_t dim = 0;      ///< Of the table; 1 where there is one number a row.
  float* data = nullptr;     ///< Null before memory was bound or made.
  double initial_value = 0;  ///< What memory of the state's own is filled with.

  [[nodiscard]] std::int64_t bytes() const noexcept {
    return rows * dim * static_cast<std::int64_t>(sizeof(float));
  }
};

/// An optimizer over the trained tables of a layer: its state, its step and its learning rate. The
/// layer must outlive it and keep its place.
///
/// State that was not bound is made and filled at the first use that needs it: `update`, `advance`,
/// `save`, `load`, or `complete`, which does nothing else.
class OptimizerState {
 public:
  /// Throws   InvalidArgument if trained tables overlap; DeviceUnavailable if the layer's backend
  ///          cannot train.
  OptimizerState(const SequenceFeatures& layer, const Optimizer& optimizer);
  OptimizerState(const OptimizerState&) = delete;
  OptimizerState& operator=(const OptimizerState&) = delete;
  OptimizerState(OptimizerState&&) noexcept;
  OptimizerState& operator=(OptimizerState&&) noexcept;
  ~OptimizerState();

  [[nodiscard]] const Optimizer& optimizer() const noexcept;

  /// The names of the trained tables: the full name of the first column of each.
  [[nodiscard]] const std::vector<std::string>& tables() const noexcept;

  /// All tensors of the state, with their exact sizes.
  [[nodiscard]] const std::vector<StateTensor>& tensors() const noexcept;

  /// Uses somebody else's memory for one tensor, as it is: `StateTensor::bytes` bytes in the
  /// backend's memory, which outlive the state. Not while work is in flight.
  ///
  /// Throws   InvalidArgument for an unknown table or slot, null or misaligned memory, memory of
  ///          the host or of another device.
  void bind(std::string_view table, std::string_view slot, float* memory);

  /// Makes what was not bound. Throws OutOfMemory naming the tensor and its bytes.
  void complete();

  /// How many updates were made.
  [[nodiscard]] std::int64_t step() const noexcept;
  /// For state that was kept elsewhere. Throws InvalidArgument unless it is 0 ... 2^32 - 1.
  void set_step(std::int64_t step);

  [[nodiscard]] double learning_rate() const noexcept;
  /// From the next step on. Throws InvalidArgument unless it is finite and at least 0.
  void set_learning_rate(double learning_rate);

  /// Counts a step and writes its numbers to the backend's memory. `update` does this by itself,
  /// except into a stream that is being captured: call it before each replay of such a graph, on
  /// its stream.
  void advance(Stream stream);

  /// Writes the layer's tables and the state to one safetensors file, whole or not at all: each
  /// table under its name, state as `<table>/<slot>`; step, learning rate, optimizer, a hash of the
  /// spec, and a checksum over all of it in the metadata. Waits for `stream`.
  ///
  /// Throws   IoError naming the file and the system's reason.
  void save(const std::filesystem::path& file, Stream stream);

  /// Reads it again: into the trained tables and the state, in place, with step and learning rate.
  /// Frozen tables must be those of the file. Going on from there gives the same bits as never
  /// having stopped. Nothing is changed if it throws.
  ///
  /// Throws   DataError naming the file: damaged, or without a tensor; InvalidArgument naming what
  ///          differs: another layer's, another optimizer's, another type or frozen table.
  void load(const std::filesystem::path& file, Stream stream);

 private:
  friend class SequenceFeatures;
  std::unique_ptr<detail::OptimizerStateImpl> impl_;
};

/// The sparse gradient of one table, in the backend's memory: TensorFlow's IndexedSlices without
/// duplicates, or torch's coalesced sparse tensor.
struct SparseTable {
  std::string table;
  std::int64_t dim = 0;
  std::int64_t capacity = 0;      ///< The most rows.
  std::int64_t* ids = nullptr;    ///< [capacity]; the first `*count` are distinct and ascend.
  float* rows = nullptr;          ///< [capacity, dim]
  std::int64_t* count = nullptr;  ///< How many rows there are: known to the backend alone.
};

/// Sparse gradients of all trained tables of a layer.
class SparseGradient {
 public:
  /// Room for every batch up to `capacity`.
  ///
  /// Memory   8 bytes an id, 4 * D a row and 8 for each table, from the backend.
  /// Throws   As OptimizerState.
  SparseGradient(const SequenceFeatures& layer, const BatchSizes& capacity, Stream stream);
  SparseGradient(const SparseGradient&) = delete;
  SparseGradient& operator=(const SparseGradient&) = delete;
  SparseGradient(SparseGradient&&) noexcept;
  SparseGradient& operator=(SparseGradient&&) noexcept;
  ~SparseGradient();

  [[nodiscard]] const std::vector<SparseTable>& tables() const noexcept;

  /// A table's gradient on the host. Waits for `stream`.
  struct OnHost {
    std::vector<std::int64_t> ids;  ///< [U]
    std::vector<float> rows;        ///< [U, dim]
  };
  [[nodiscard]] OnHost on_host(std::string_view table, Stream stream) const;

 private:
  friend class SequenceFeatures;
  std::unique_ptr<detail::SparseGradientImpl> impl_;
};

}  // namespace seqfeat
