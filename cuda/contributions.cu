// SPDX-License-Identifier: Apache-2.0
#include "cuda/norms.cuh"
#include "cuda/schedule.hpp"
#include "cuda/slot_of_value.cuh"
#include "cuda/training.hpp"
#include "cuda/validate.cuh"
#include "seqfeat/gradient.hpp"

// Each value of a trained column becomes a contribution, so that after the forward pass nothing
// else of the batch is needed any more. The forward pass has work that can be done at the same
// time, norms and checks: it is done by other blocks of the same launch.

namespace seqfeat::cuda {
namespace {

SEQFEAT_HD constexpr std::int64_t blocks_of_contributions(const detail::TrainingShape& shape) {
  return (shape.values + kThreads - 1) / kThreads;
}

/// What becomes of one value.
struct Contribution {
  std::int64_t key;
  std::int64_t place;
  float scale;
};

/// Value `i` of a trained column, whose ids begin at `all_ids[first]`, and its weights, if it has
/// any, at `weights[first]`.
__device__ Contribution contribution_of(const detail::LayerArgs& layer,
                                        const detail::TrainingArgs& args,
                                        const detail::TrainedColumn& trained,
                                        const std::int64_t* all_ids, const ValueWeight* weights,
                                        std::int64_t first, std::int64_t i) {
  const std::int64_t* const ids = all_ids + first;
  const Contribution none{args.shape.keys, 0, 1.0F};
  const detail::ColumnData& column = layer.columns[trained.column];
  const std::int64_t key = key_of(args.shape, args.tables[trained.table], ids[i]);
  if (key == args.shape.keys) return none;
  const detail::BatchFeature& feature = detail::features_of(layer.header)[column.feature];
  const std::int64_t step = step_here(feature.view, i);
  const StepRange values = values_of_step(feature.view, step);
  const std::int64_t slot = slot_of(*layer.header, feature, layer.rule, step);
  if (slot < 0 || !values.contains(i)) return none;
  const std::int64_t place = place_of(args.shape.dim, column, slot);
  std::int64_t n = values.count;
  if (closes_up(column, feature.view)) {
    if (column.table.weighted) {
      return {key, detail::weighted_place(place),
              contribution_scale(column.table.combiner, weights[first + i])};
    }
    n = detail::count_with_rows(ids + values.begin, values.count);
  }
  return {key, place, contribution_scale(column.table.combiner, n)};
}

/// The bits of the places' parts, by one warp.
__device__ void write_place_bits(const detail::LayerArgs& layer, const detail::TrainingArgs& args,
                                 std::uint64_t* place_bits) {
  auto bits = static_cast<unsigned>(args.shape.dim);
  for (std::int32_t k = static_cast<std::int32_t>(threadIdx.x); k < args.shape.columns; k += 32) {
    bits |= static_cast<unsigned>(layer.columns[args.columns[k].column].offset);
  }
  bits = __reduce_or_sync(0xffffffff, bits);
  if (threadIdx.x == 0) *place_bits = bits;
}

/// A thread looks at contribution `at` of the capacity. Those that the batch does not have get the
/// key of no row.
__device__ void write_contribution(const detail::LayerArgs& layer, const detail::TrainingArgs& args,
                                   const std::int64_t* ids, const ValueWeight* weights,
                                   const TrainingMemory& memory, std::int64_t at) {
  memory.numbers[at] = static_cast<std::uint32_t>(at);
  const std::int64_t* firsts = detail::first_contributions_of(layer.header);
  if (at >= firsts[args.shape.columns]) return memory.keys.set(at, args.shape.keys);
  const std::int32_t k = column_of_id(firsts, args.shape.columns, at);
  const detail::TrainedColumn& trained = args.columns[k];
  const std::int64_t first = detail::first_ids_of(layer.header)[trained.column];
  const Contribution found =
      contribution_of(layer, args, trained, ids, weights, first, at - firsts[k]);
  memory.keys.set(at, found.key);
  memory.places[at] = found.place;
  memory.scales[at] = found.scale;
}

/// Norms that are wanted of the layer's ids.
struct NormWork {
  float* norms = nullptr;
  FlatPlan plan{0, 0};
};

/// Blocks of norms, which only `kClips` has, of contributions, a thread one of the capacity, and of
/// checks, if features come from a device.
///
/// Traffic   Of a contribution an id, and 20 bytes (24 with wide keys). Offsets are searched:
///           neighbours read the same ones.
template <bool kClips>
__global__ void __launch_bounds__(kThreads, 4)
    contributions_kernel(const detail::LayerArgs layer, const detail::TrainingArgs args,
                         const std::int64_t* ids, const ValueWeight* weights,
                         const TrainingMemory memory, const NormWork work, const RowChecks checks) {
  std::int64_t block = blockIdx.x;
  if constexpr (kClips) {
    let_next_kernel_begin();
    wait_for_previous_kernel();
    if (block < work.plan.blocks) {
      return write_layer_norms(layer.header, layer.columns, ids, work.norms, work.plan.per_warp);
    }
    block -= work.plan.blocks;
  }
  const std::int64_t blocks = blocks_of_contributions(args.shape);
  if (block >= blocks) return check_rows(checks, block - blocks);
  if (block == 0 && threadIdx.x < 32) write_place_bits(layer, args, memory.place_bits);
  const std::int64_t at = block * kThreads + threadIdx.x;
  if (at < args.shape.values) write_contribution(layer, args, ids, weights, memory, at);
}

}  // namespace

void load_contributions_kernels() {
  load_kernel(contributions_kernel<false>);
  load_kernel(contributions_kernel<true>);
}

void enqueue_contributions(const Device& device, const detail::LayerArgs& layer,
                           const detail::TrainingArgs& args, const std::int64_t* ids,
                           const ValueWeight* weights, float* norms, Stream stream) {
  const bool clips = norms != nullptr;
  const NormWork work{norms, clips ? flat_plan(device, layer.shape.sizes.ids, 8) : FlatPlan{0, 0}};
  const RowChecks checks(layer);
  const std::int64_t blocks = work.plan.blocks + blocks_of_contributions(args.shape) +
                              (layer.shape.foreign ? checks.blocks : 0);
  launch("contributions_kernel", clips ? contributions_kernel<true> : contributions_kernel<false>,
         {blocks, clips && device.overlaps_kernels}, stream, layer, args, ids, weights,
         lay_out_training(args.shape, args.scratch).memory, work, checks);
}

}  // namespace seqfeat::cuda
