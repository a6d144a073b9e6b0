// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "backend/training_ops.hpp"
#include "cuda/device.hpp"
#include "seqfeat/detail/hd.hpp"
#include "seqfeat/stream.hpp"

// The training ops of the CUDA backend, and the memory that they hand on to each other. All of them
// have grids for the capacity; how many contributions and runs there are is known to the device.

namespace seqfeat::cuda {

/// Keys of 32 bits where all rows have one, else of 64.
struct Keys {
  void* data = nullptr;
  bool wide = false;

  [[nodiscard]] SEQFEAT_HD std::int64_t operator[](std::int64_t i) const noexcept {
    return wide ? static_cast<const std::int64_t*>(data)[i]
                : std::int64_t{static_cast<const std::uint32_t*>(data)[i]};
  }
  SEQFEAT_HD void set(std::int64_t i, std::int64_t key) const noexcept {
    if (wide) {
      static_cast<std::int64_t*>(data)[i] = key;
    } else {
      static_cast<std::uint32_t*>(data)[i] = static_cast<std::uint32_t>(key);
    }
  }
};

/// Sorted contributions that a block looks at: the runs that begin among them are its runs.
inline constexpr std::int64_t kPositions = 256;

/// A run of more contributions is summed in parts of as many first; a power of eight (see
/// BlockSums).
inline constexpr std::int64_t kPart = 8 * 8 * 8;

/// Sums of a long run's parts stand side by side. Where the first one stands follows from where the
/// run begins: a run of more than kPart contributions has no more parts than kPositions fit in it.
[[nodiscard]] SEQFEAT_HD constexpr std::int64_t first_part_of(std::int64_t start) noexcept {
  return start / kPositions;
}

/// Where everything stands in TrainingArgs::scratch.
struct TrainingMemory {
  std::int64_t* places = nullptr;    ///< [values]: where a contribution's gradient begins,
  float* scales = nullptr;           ///< [values]: its scale (contribution_scale),
  Keys keys;                         ///< [values]: its key, and
  std::uint32_t* numbers = nullptr;  ///< [values] 0, 1, 2, ...: what is sorted with the keys.
  Keys sorted_keys;                  ///< [values], as `group` leaves them.
  std::uint32_t* sorted_numbers = nullptr;  ///< [values]
  /// The bits of all that places are made of: they are multiples of its lowest one.
  std::uint64_t* place_bits = nullptr;
  float* part_sums = nullptr;  ///< [values / kPositions + 1, part_pitch], where runs can be long.
  std::int64_t part_pitch = 0;
  std::int64_t* runs_before = nullptr;  ///< [blocks of kPositions]: runs that begin before each.
  std::int64_t* first_runs = nullptr;   ///< [tables + 1]: the first run of each table.
  void* sorting = nullptr;              ///< What the sort wants for itself. It is the last.
};

/// The parts of the memory for `shape`, and the bytes of all but the last. Pure.
struct TrainingLayout {
  TrainingMemory memory;
  std::int64_t bytes;
};
[[nodiscard]] TrainingLayout lay_out_training(const detail::TrainingShape& shape, void* scratch);
[[nodiscard]] std::int64_t training_scratch_bytes(const detail::TrainingShape& shape);

/// Ids of a layer, and weights where it has some -> keys, places and scales; and what the forward
/// pass wants of them besides: norms, unless they are null, and the checks of features that come
/// from a device.
void enqueue_contributions(const Device& device, const detail::LayerArgs& layer,
                           const detail::TrainingArgs& args, const std::int64_t* ids,
                           const ValueWeight* weights, float* norms, Stream stream);
/// Sorts them.
void enqueue_sort(const detail::TrainingArgs& args, Stream stream);
/// Sums the parts of long runs.
void enqueue_part_sums(const detail::TrainingArgs& args, const detail::GradientArgs& gradient,
                       Stream stream);
/// Sums runs and takes a step with each sum.
void enqueue_update(const detail::TrainingArgs& args, const detail::GradientArgs& gradient,
                    const detail::UpdateArgs& update, Stream stream);
/// Sums runs and writes the sums.
void enqueue_sparse_rows(const detail::TrainingArgs& args, const detail::GradientArgs& gradient,
                         const detail::SparseRows* tables, Stream stream);
/// The gradient of a column's weights, from what the forward pass left.
void enqueue_weight_gradients(const detail::LayerArgs& layer,
                              const detail::WeightGradientArgs& args, const std::int64_t* ids,
                              const ValueWeight* weights, const float* norms, Stream stream);
/// A step of one table with sums that are there already.
void enqueue_apply(const detail::AppliedRows& rows, const detail::UpdateArgs& update,
                   Stream stream);

// Each file's kernels onto the current device.
void load_contributions_kernels();
void load_sort_kernels();  ///< Allocates and waits: only for those who train.
void load_part_sums_kernels();
void load_update_kernels();
void load_sparse_rows_kernels();
void load_apply_kernels();
void load_weight_gradients_kernels();

}  // namespace seqfeat::cuda
