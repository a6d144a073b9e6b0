// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "seqfeat/backend.hpp"
#include "seqfeat/batch.hpp"
#include "seqfeat/column.hpp"
#include "seqfeat/features.hpp"
#include "seqfeat/layer_options.hpp"
#include "seqfeat/stream.hpp"
#include "seqfeat/table.hpp"

namespace seqfeat {

namespace detail {
struct LayerImpl;
}  // namespace detail
class OptimizerState;
class SparseGradient;
struct SparseTable;

/// Where a column's elements stand in a row of `values`.
struct Slice {
  std::string name;
  std::int64_t offset = 0;
  std::int64_t width = 0;
};

/// TensorFlow's `SequenceFeatures`: features and tables become `values` [B, T, sum D], `lengths`
/// [B] and `mask` [B, T], on request also the ids; or, without padding, `ragged_values` [S, sum D]
/// and `row_offsets` [B + 1] (see Emit).
///
/// Columns stand in the order of their full names. After construction and binding the layer does
/// not change: any number of threads and streams may call it, each with its own workspace.
class SequenceFeatures {
 public:
  /// Makes the layer; columns without a bound table get one from their initializer.
  ///
  /// Memory   Tables and column data in the backend's memory. Waits for their copies.
  /// Throws   InvalidArgument: no columns, two of one name, two dtypes for one key, two that do not
  ///          agree on a table that they share, bad options;
  ///          OutOfMemory naming the column, shape and bytes.
  SequenceFeatures(std::vector<Column> columns, const Backend& backend,
                   const LayerOptions& options = {});
  SequenceFeatures(const SequenceFeatures&) = delete;
  SequenceFeatures& operator=(const SequenceFeatures&) = delete;
  SequenceFeatures(SequenceFeatures&&) noexcept;
  SequenceFeatures& operator=(SequenceFeatures&&) noexcept;
  ~SequenceFeatures();

  /// Uses `table`, of any type, as the one of that name from here on: the full name of its column,
  /// or what columns that share it call it. Not while work is in flight.
  ///
  /// Memory   Somebody else's: nothing is copied where the backend can read it (it must outlive the
  ///          layer then); host memory given to a CUDA layer is copied to the device.
  /// Throws   InvalidArgument naming the table: unknown, an indicator, another shape, another
  ///          device.
  void bind(std::string_view name, const TableView& table);

  /// The table of that name, in the backend's memory. It is made now if nothing was bound.
  [[nodiscard]] TableView table(std::string_view name) const;

  [[nodiscard]] const std::vector<Column>& columns() const noexcept;
  [[nodiscard]] const std::vector<Slice>& slices() const noexcept;
  [[nodiscard]] std::int64_t dim() const noexcept;  ///< sum D
  [[nodiscard]] const LayerOptions& options() const noexcept;
  [[nodiscard]] const Backend& backend() const noexcept;

  /// Runs the layer and waits: the batch owns its memory.
  ///
  /// Memory   Allocates outputs and workspace from the backend's resource.
  /// Throws   InvalidArgument naming a feature that is missing or of the wrong type; DataError for
  ///          broken offsets, lengths that differ between columns, rows that are too long;
  ///          OutOfMemory naming the tensor that is too large, its shape and bytes, before anything
  ///          is allocated. Of features on a device InvalidArgument for `Emit::ragged`: how many
  ///          steps are kept is not known on the host. Copy them to the host, or ask for values.
  [[nodiscard]] Batch operator()(const Features& features, Emit emit = Emit::values) const;

  /// The same for callers that bound the memory in use: calls `admit` with the sizes of the batch
  /// before anything is allocated. Returns nothing if `admit` returns false.
  [[nodiscard]] std::optional<Batch> operator()(
      const Features& features, Emit emit, const std::function<bool(const Plan&)>& admit) const;

  /// The sizes of the batch that these features make, which are the capacity that holds it exactly.
  /// Of features on a device T is `max_length`.
  [[nodiscard]] BatchSizes measure(const Features& features) const;

  /// Sizes for every batch up to `capacity`, of the tensors in `emit`: a workspace of this plan
  /// writes no others. Exact, and pure; a device's first plan that `trains` loads a sort and waits.
  ///
  /// Throws   InvalidArgument if a size is negative or, naming the tensor, overflows int64, or if
  ///          `emit` has both forms of values, or, with `trains`, if a batch may have 2^32 values
  ///          or more; DeviceUnavailable if the backend cannot train.
  [[nodiscard]] Plan plan(const BatchSizes& capacity, Emit emit = Emit::values_and_ids,
                          const PlanOptions& options = {}) const;

  /// Runs the layer on memory of the caller: packs into the workspace's pinned arena, enqueues one
  /// copy and at most three kernels, and returns. One kernel more closes up ids if some values may
  /// have no row, and, unless the layer trains, one more checks device features that are not
  /// `trusted`. The same as `pack` and then `compute`.
  ///
  /// Stream   Everything goes to `stream`. Waits only if both arenas are still being copied.
  /// Memory   Allocates nothing. Features on the host may go when this returns; features on the
  ///          device, outputs and workspace must outlive the work.
  /// Returns  The sizes of what is written: values [B, T, sum D], or ragged_values [S, sum D],
  ///          without gaps. What lies behind stays as it is.
  /// Throws   As above; InvalidArgument if the batch is larger than the workspace's plan, or for an
  ///          output that is not in it. What only the device can see is told by `Workspace::check`.
  BatchSizes operator()(const Features& features, const Outputs& outputs, Workspace& workspace,
                        Stream stream) const;

  /// The first half: host checks, packing, and the copy to the device on `stream`. On the CPU
  /// backend nothing is copied that need not be: there, features must outlive `compute`.
  BatchSizes pack(const Features& features, Workspace& workspace, Stream stream) const;

  /// The second half: kernels only, over what was packed last. Can be captured in a CUDA graph once
  /// and replayed after every `pack`: grid and pointers come from the workspace's plan, counts from
  /// the device. Rows beyond the batch's get length 0, and in `row_offsets` the number of steps. A
  /// graph that was captured over features on the host is for such features: it does not check
  /// offsets of a device's.
  void compute(const Outputs& outputs, Workspace& workspace, Stream stream) const;

  // Training: training.hpp has the state of an optimizer. All of it goes over the batch that was
  // computed last in a workspace planned with `trains`, which keeps what is needed: the features
  // may be gone, and one batch may be gone over several times. The next `pack` ends that. The
  // tables of trainable embedding columns are trained, bound ones in place: somebody else's memory
  // is written to. Tables that are bound to one address (one shape, type, pitch and max_norm) are
  // one table, called as the first of them. Calls that train a layer follow one another, and no
  // forward call runs beside them.

  /// Backward pass and one step of the optimizer in one: advances the state, sums the gradients of
  /// each row that occurs, goes through max_norm, and updates the row in place. At most 12 kernels
  /// with the forward pass, and one more for every 8 bits above 32 that number the rows of tables.
  ///
  /// Stream   Everything goes to `stream`; waits for nothing. While `stream` is being captured the
  ///          state does not advance: call `state.advance` before each replay.
  /// Memory   Allocates nothing once the state is complete (see OptimizerState).
  /// Throws   InvalidArgument naming what is wrong: a workspace that was not planned for training,
  ///          or in which nothing was computed, gradients that are null, misaligned or of another
  ///          memory, a state of another layer.
  void update(const OutputGradient& gradient, Workspace& workspace, OptimizerState& state,
              Stream stream) const;

  /// For other optimizers: the distinct ids of each trained table and the sums of their gradients.
  ///
  /// Stream   As `update`. The number of ids stays in the backend's memory.
  /// Throws   As `update`; InvalidArgument if `sparse` is too small or another layer's.
  void gradients(const OutputGradient& gradient, Workspace& workspace, SparseGradient& sparse,
                 Stream stream) const;

  /// The gradient of the weights of one weighted column, which need not be trained: `out` has room
  /// for the values of the column, as `Outputs::ids` numbers them. It is 0 for a value that is left
  /// out of its step: without a row, in a step that is cut off, or, unless the combiner is a sum,
  /// with a weight that is not positive.
  ///
  /// name     The column's full name, `tags_weighted_by_weights_embedding`.
  /// outputs  What the forward call wrote; its values are read, as they were rounded.
  /// Stream   As `update`: before `update` changes the rows. The batch's features must still be
  ///          there, also those on the host of a layer on the CPU.
  /// Throws   As `update`; InvalidArgument for a name of no weighted column, and outputs without
  ///          values.
  void weight_gradients(std::string_view name, const Outputs& outputs,
                        const OutputGradient& gradient, Workspace& workspace, float* out,
                        Stream stream) const;

  /// One step of the optimizer with gradients that are there already: those that `gradients` wrote,
  /// which the caller has scaled, or added to those of other batches. Tables that are not among
  /// them keep their rows. With unchanged gradients it leaves the bits that `update` leaves.
  ///
  /// Stream   As `update`. Ids in a device's memory are not checked: distinct, ascending.
  /// Memory   Takes scratch memory from the backend, some 48 bytes for every row of a gradient's
  ///          capacity, and gives it back on `stream`.
  /// Throws   InvalidArgument naming the table: unknown, twice, another D, null, misaligned or
  ///          foreign memory, on the host ids that do not ascend or are past the end; a state of
  ///          another layer.
  void apply(std::span<const SparseTable> gradients, OptimizerState& state, Stream stream) const;

  /// Groups the ids of the batch, which `update` and `gradients` otherwise do first. It needs no
  /// gradient, so it may run on a stream of its own beside the model: behind the forward call, and
  /// before the stream that updates goes on.
  void prepare_update(Workspace& workspace, Stream stream) const;

 private:
  friend class OptimizerState;
  friend class SparseGradient;
  std::unique_ptr<detail::LayerImpl> impl_;
};

}  // namespace seqfeat
