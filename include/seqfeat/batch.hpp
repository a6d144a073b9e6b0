// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "seqfeat/backend.hpp"
#include "seqfeat/batch_sizes.hpp"
#include "seqfeat/float_type.hpp"
#include "seqfeat/memory.hpp"
#include "seqfeat/stream.hpp"

// What goes into a layer besides features, and what comes out.

namespace seqfeat {

namespace detail {
struct WorkspaceState;
struct BatchState;
}  // namespace detail

/// The tensors that the layer is asked for. Only these are sized and allocated, and only they can
/// be too large. Lengths always come along. `|` joins sets: `Emit::ids | Emit::mask`.
///
/// Values come in one of two forms: padded, [B, T, sum D], or ragged, [S, sum D]. A ragged batch
/// holds the S steps that are kept after truncation, row behind row, and no padding; a hole is a
/// row of zeros. Each row has the bits that it has in the padded form. `padding`, `padding_side`
/// and `pad_to_multiple_of` do not matter to it. A set with `ragged` has no values and no mask.
enum class Emit : std::uint8_t {
  lengths = 0,
  values_only = 1,  ///< Values without their mask.
  ids = 2,          ///< Without values or mask: T may be as large as it likes.
  mask = 4,
  ragged = 8,  ///< `ragged_values` and `row_offsets`.
  values = values_only | mask,
  values_and_ids = values | ids,
};
[[nodiscard]] constexpr Emit operator|(Emit a, Emit b) noexcept {
  return static_cast<Emit>(static_cast<unsigned>(a) | static_cast<unsigned>(b));
}
/// True if `set` has all tensors of `tensors`.
[[nodiscard]] constexpr bool contains(Emit set, Emit tensors) noexcept {
  return (set | tensors) == set;
}
[[nodiscard]] constexpr bool wants_values(Emit e) noexcept {
  return contains(e, Emit::values_only);
}
[[nodiscard]] constexpr bool wants_mask(Emit e) noexcept {
  return contains(e, Emit::mask);
}
[[nodiscard]] constexpr bool wants_ids(Emit e) noexcept {
  return contains(e, Emit::ids);
}
[[nodiscard]] constexpr bool wants_ragged(Emit e) noexcept {
  return contains(e, Emit::ragged);
}
/// True if rows are padded to T: somebody wants values or mask.
[[nodiscard]] constexpr bool wants_padding(Emit e) noexcept {
  return wants_values(e) || wants_mask(e);
}

/// Sizes that follow from a capacity. A tensor that is not in `emit` has size 0.
struct Plan {
  BatchSizes capacity;
  Emit emit = Emit::values_and_ids;  ///< What the workspace is for.
  std::int64_t workspace_bytes = 0;  ///< In the backend's memory: ids, norms, arena.
  std::int64_t arena_bytes = 0;      ///< Of one pinned arena on the host; a workspace has two.
  std::int64_t values = 0;           ///< Elements: B * T * sum D.
  std::int64_t mask = 0;             ///< Bytes: B * T.
  std::int64_t ids = 0;              ///< int64s.
  std::int64_t ragged_values = 0;    ///< Elements: S * sum D.
  std::int64_t row_offsets = 0;      ///< int64s: B + 1.
  bool trains = false;               ///< What PlanOptions said.
  std::int64_t training_offset = 0;  ///< Where in the workspace training's memory begins.
};

/// What a workspace is for besides the tensors that it emits.
struct PlanOptions {
  bool trains = false;  ///< It keeps what the backward pass needs: see SequenceFeatures::update.
};

/// The gradient of a scalar loss by a layer's values, in the backend's memory: [B, T, sum D], or of
/// a ragged batch [S, sum D], without gaps, aligned for its elements. Slices of indicators and of
/// frozen columns are not read, nor are slots of padding and of steps without values.
struct OutputGradient {
  const void* data = nullptr;
  FloatType type = FloatType::float32;
};

/// Where a layer writes: memory of the caller, in the backend's memory, without gaps, aligned for
/// its elements.
struct Outputs {
  void* values = nullptr;               ///< [B, T, sum D], or null if not wanted.
  std::int64_t* lengths = nullptr;      ///< [B]
  std::uint8_t* mask = nullptr;         ///< [B, T], 0 or 1; may be null.
  std::int64_t* ids = nullptr;          ///< Column behind column, or null if not wanted.
  FloatType type = FloatType::float32;  ///< Of the values: computed in float32, rounded once.
  void* ragged_values = nullptr;        ///< [S, sum D], or null if not wanted.
  std::int64_t* row_offsets = nullptr;  ///< [B + 1] into `ragged_values`' rows; may be null.
};

/// Scratch memory for one batch in flight, to be used again and again by one stream at a time.
///
/// The host packs a batch while those before are copied and computed: there are two pinned arenas.
/// On the device there is one, at an address that a captured graph holds, so that on one stream the
/// copy of a batch waits for the kernels of the batch before. To overlap these as well, take two
/// workspaces in turn, each with its own graph: `pack` on one stream, `compute` on another that
/// waits for it, and let the next `pack` into the same workspace wait for those kernels
/// (`examples/training_loop.cu`).
///
/// It may be destroyed while its work is under way: its memory goes back on the stream that was
/// last given to `pack`, `compute` or `status_async`, behind that work. Only a graph that was
/// replayed on yet another stream has to be waited for.
class Workspace {
 public:
  /// Stream   Work on other streams must be ordered behind what stands on `stream` now.
  /// Memory   Allocates `plan.workspace_bytes` from the backend and two pinned arenas.
  Workspace(const Backend& backend, const Plan& plan, Stream stream);
  Workspace(const Workspace&) = delete;
  Workspace& operator=(const Workspace&) = delete;
  Workspace(Workspace&&) noexcept;
  Workspace& operator=(Workspace&&) noexcept;
  ~Workspace();

  [[nodiscard]] const Plan& plan() const noexcept;

  /// True if the next `pack` would not wait: an arena's copy has passed.
  [[nodiscard]] bool ready() const;

  /// Waits for `stream` and throws what the device found in the batch packed last: DataError naming
  /// the column, the row and the step of the first bad place: offsets that lie, lengths that differ
  /// between columns, a row that is too long, an id past the end of a table. Before the first
  /// `pack` it does nothing.
  ///
  /// The status is part of the batch: the copy of the next one resets it, so ask before that
  /// `pack`.
  void check(Stream stream) const;

  /// Copies the status word of the batch packed last to pinned memory, without waiting; ~0 says
  /// that all is well. Throws InvalidArgument before the first `pack`.
  void status_async(std::uint64_t* pinned, Stream stream) const;

  [[nodiscard]] detail::WorkspaceState& state() noexcept { return *state_; }

 private:
  std::unique_ptr<detail::WorkspaceState> state_;
};

/// The ids of one column and where they belong, on the host: the kept steps, after truncation and
/// without padding.
struct ColumnIds {
  std::string name;
  std::vector<std::int64_t> ids;           ///< [nnz]
  std::vector<std::int64_t> row_offsets;   ///< [B + 1] into steps
  std::vector<std::int64_t> step_offsets;  ///< [S + 1] into ids
};

/// The layer's result, which owns its memory on the backend.
class Batch {
 public:
  explicit Batch(std::shared_ptr<detail::BatchState> state) : state_(std::move(state)) {}

  [[nodiscard]] const BatchSizes& sizes() const noexcept;
  [[nodiscard]] std::int64_t rows() const noexcept { return sizes().rows; }
  [[nodiscard]] std::int64_t steps() const noexcept { return sizes().steps; }
  [[nodiscard]] std::int64_t padded_steps() const noexcept { return sizes().padded_steps; }
  [[nodiscard]] std::int64_t dim() const noexcept;  ///< sum D; 0 without values of either form.

  /// Pointers in the backend's memory.
  [[nodiscard]] const Outputs& outputs() const noexcept;

  // Spans over host memory, of float32 where they hold values: of a CUDA batch they are copied on
  // first use, which waits. A tensor that was not asked for is empty.

  [[nodiscard]] std::span<const float> values() const;              ///< [B, T, sum D]
  [[nodiscard]] std::span<const std::int64_t> lengths() const;      ///< [B]
  [[nodiscard]] std::span<const std::uint8_t> mask() const;         ///< [B, T]
  [[nodiscard]] std::span<const float> ragged_values() const;       ///< [S, sum D]
  [[nodiscard]] std::span<const std::int64_t> row_offsets() const;  ///< [B + 1]
  /// Of the columns that have ids, in the layer's order.
  [[nodiscard]] const std::vector<ColumnIds>& ids() const;

 private:
  std::shared_ptr<detail::BatchState> state_;
};

}  // namespace seqfeat
