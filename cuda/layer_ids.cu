// SPDX-License-Identifier: Apache-2.0
#include "cuda/columns.cuh"
#include "cuda/crossed.cuh"
#include "cuda/kernels.hpp"
#include "cuda/schedule.hpp"
#include "cuda/tokens.cuh"
#include "cuda/weights.cuh"

// Every value of a batch becomes an id, in one kernel, whatever the columns.

namespace seqfeat::cuda {
namespace {

/// Blocks that a multiprocessor is to hold; 0 leaves it to the compiler, which finds room for four
/// on sm_90 and spills registers elsewhere.
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ != 900
constexpr unsigned kHashBlocks = 3;
#else
constexpr unsigned kHashBlocks = 0;
#endif

/// What the kernels that make ids are given.
struct IdArgs {
  detail::BatchHeader* header;
  const detail::ColumnData* columns;
  PadRule rule;
  std::int64_t* ids;
  std::int64_t* wanted;  ///< Where ids are wanted as they are, too; null: nowhere.
  std::int64_t size;     ///< Ids of a warp.
};

/// Reports value `i` of a column, whose id is past the end, unless its step is cut off.
__device__ void report_past_end(detail::BatchHeader* header, const detail::ColumnData* columns,
                                std::int64_t c, PadRule rule, std::int64_t i) {
  const detail::BatchFeature& feature = detail::features_of(header)[columns[c].feature];
  const RaggedView& view = feature.view;
  if (view.rows() <= 0) return;
  const std::int64_t step = step_of_value(view, i);
  const std::int64_t row = last_not_above(view.row_offsets, view.rows(), step);
  if (!kept_steps(feature, rule, row).contains(step)) return;
  const std::int64_t begin = clamp_offset(view.row_offsets[row], step);
  Report(header, c, row)(step - begin, detail::Fault::past_end);
}

/// The id of a token of a column that does not hash: so told, the compiler leaves the hash out, and
/// of plain sources all other rules too. It trusts a copy, which no store in between can change.
template <bool kPlain>
__device__ __forceinline__ std::int64_t mapped_id(IdSource source, const Token& token) {
  if (source.kind == IdKind::hash_bucket) __builtin_unreachable();
  if (kPlain && !source.plain()) __builtin_unreachable();
  return id_of(source, token);
}

/// Maps the values [first, first + count) of a column that does not hash, a value a lane.
template <bool kPlain>
__device__ void map_column(const IdArgs& args, const detail::ColumnData& column,
                           const RaggedView& view, std::int64_t first, std::int64_t count,
                           std::int64_t id) {
  const bool embeds = column.kind == detail::ColumnKind::embedding;
  for (std::int64_t i = threadIdx.x % 32; i < count; i += 32) {
    const std::int64_t found = mapped_id<kPlain>(column.source, detail::token_of(view, first + i));
    args.ids[id + i] = found;
    if (args.wanted != nullptr) args.wanted[id + i] = found;
    if (embeds && found >= column.source.rows) {
      report_past_end(args.header, args.columns, &column - args.columns, args.rule, first + i);
    }
  }
}

/// Makes the ids of the values [first, first + count) of a crossed column, a value a lane.
__device__ void cross_column(const IdArgs& args, const detail::ColumnData& column,
                             std::int64_t first, std::int64_t count, std::int64_t id) {
  const detail::BatchFeature* const features = detail::features_of(args.header);
  const detail::BatchFeature& feature = features[column.feature];
  for (std::int64_t i = threadIdx.x % 32; i < count; i += 32) {
    const std::int64_t found = crossed_id_at(features, feature, column.source, first + i);
    args.ids[id + i] = found;
    if (args.wanted != nullptr) args.wanted[id + i] = found;
  }
}

/// Copies the `count` ids from `id` on, which the warp has just hashed, to where they are wanted.
__device__ __forceinline__ void copy_wanted(const IdArgs& args, std::int64_t count,
                                            std::int64_t id) {
  __syncwarp();  // other lanes wrote them
  for (std::int64_t i = threadIdx.x % 32; i < count; i += 32) {
    args.wanted[id + i] = args.ids[id + i];
  }
}

/// A warp hashes `size` neighbouring values of the flat space of ids, of strings and integers
/// alike: the instructions are those of hash.cu's kernels and a 64-bit id. A layer of columns that
/// all hash has an instance that asks no column; the other one maps what does not hash, and copies
/// ids to where they are wanted.
template <bool kMixed>
__global__ void __launch_bounds__(kThreads, kHashBlocks) layer_hash_kernel(const IdArgs args) {
  SEQFEAT_SHARED(Stages, stages);
  SEQFEAT_SHARED(RunRoom[kWarps], rooms);
  let_next_kernel_begin();
  Stage& stage = stages[threadIdx.x / 32];
  RunRoom& room = rooms[threadIdx.x / 32];
  for_each_run(args.header, args.columns, args.size,
               [&](const detail::ColumnData& column, const RaggedView& view, std::int64_t first,
                   std::int64_t count, std::int64_t id) {
                 if (kMixed && column.source.kind != IdKind::hash_bucket) {
                   return map_column<true>(args, column, view, first, count, id);
                 }
                 hash_column(column, view, first, count, args.ids + id, stage, room);
                 if (kMixed && args.wanted != nullptr) copy_wanted(args, count, id);
               });
}

/// A warp maps `size` neighbouring values of a layer none of whose columns hash.
///
/// Traffic   A value and an id.
__global__ void __launch_bounds__(kThreads) layer_ids_kernel(const IdArgs args) {
  let_next_kernel_begin();
  for_each_run(args.header, args.columns, args.size,
               [&](const detail::ColumnData& column, const RaggedView& view, std::int64_t first,
                   std::int64_t count,
                   std::int64_t id) { map_column<true>(args, column, view, first, count, id); });
}

/// A warp makes the ids of `size` neighbouring values of a layer some of whose columns are not
/// plain: those that hash by FarmHash alone as above, of all others a value a lane. Of features on
/// a device it looks at the crosses of `checked_rows` rows; of the host's there are none to look
/// at.
///
/// Traffic   A value, what its rule looks into, and an id.
__global__ void __launch_bounds__(kThreads, 2)
    layer_any_ids_kernel(const IdArgs args, std::int64_t checked_rows) {
  SEQFEAT_SHARED(Stages, stages);
  SEQFEAT_SHARED(RunRoom[kWarps], rooms);
  let_next_kernel_begin();
  for_each_run(args.header, args.columns, args.size,
               [&](const detail::ColumnData& column, const RaggedView& view, std::int64_t first,
                   std::int64_t count, std::int64_t id) {
                 if (column.source.kind == IdKind::crossed) {
                   return cross_column(args, column, first, count, id);
                 }
                 if (column.source.kind != IdKind::hash_bucket) {
                   return map_column<false>(args, column, view, first, count, id);
                 }
                 hash_column(column, view, first, count, args.ids + id, stages[threadIdx.x / 32],
                             rooms[threadIdx.x / 32]);
                 if (args.wanted != nullptr) copy_wanted(args, count, id);
               });
  if (checked_rows > 0) check_crosses(args.header, args.columns, checked_rows);
}

/// A warp closes up the ids of one step of one column, the column being the fastest index. What it
/// writes stands in front of what it has still to read. With weights, so it does of columns that
/// have some.
///
/// Traffic   An id a value is read and written; a weight is read, and with a divisor written.
template <bool kWeighs>
__global__ void __launch_bounds__(kThreads)
    close_up_kernel(const detail::BatchHeader* header, const detail::ColumnData* columns,
                    const detail::Divisor by_columns, std::int64_t* ids, ValueWeight* weights) {
  let_next_kernel_begin();
  const auto [step, column] =
      by_columns.split(std::int64_t{blockIdx.x} * kWarps + threadIdx.x / 32);
  const auto c = static_cast<std::int32_t>(column);
  const RaggedView& view = detail::features_of(header)[columns[c].feature].view;
  if (!closes_up(columns[c], view) || step >= view.step_limit()) return;
  if (!begins_by(view, step, view.value_count - 1)) return;  // empty, or none
  const StepRange values = values_of_step(view, step);
  const std::int64_t at = detail::first_ids_of(header)[c] + values.begin;
  std::int64_t* const first = ids + at;
  const unsigned lane = threadIdx.x % 32;
  if constexpr (kWeighs) {
    if (columns[c].table.weighted) {
      const RaggedView& from = detail::features_of(header)[columns[c].weights].view;
      return close_up_weighted(columns[c].table.combiner, from,
                               weights_of_step(view, from, step, values), values.count, first,
                               weights + at);
    }
  }
  std::int64_t with_rows = 0;
  for (std::int64_t i = 0; i < values.count; i += 32) {
    const std::int64_t id = i + lane < values.count ? first[i + lane] : -1;
    const unsigned stay = __ballot_sync(0xffffffff, id >= 0);
    __syncwarp();  // a vote orders no memory: all have read before anyone writes
    if (id >= 0) first[with_rows + __popc(stay & ((1U << lane) - 1))] = id;
    with_rows += __popc(stay);
  }
  for (std::int64_t i = with_rows + lane; i < values.count; i += 32) first[i] = -1;
}

}  // namespace

void load_layer_ids_kernels() {
  load_kernel(layer_hash_kernel<false>);
  load_kernel(layer_hash_kernel<true>);
  load_kernel(layer_ids_kernel);
  load_kernel(layer_any_ids_kernel);
  load_kernel(close_up_kernel<false>);
  load_kernel(close_up_kernel<true>);
}

void enqueue_layer_ids(const Device& device, const detail::LayerArgs& args, std::int64_t* ids,
                       std::int64_t* wanted, Stream stream) {
  const FlatPlan plan = flat_plan(device, args.shape.sizes.ids, 32);
  const IdArgs id_args{args.header, args.columns, args.rule, ids, wanted, plan.per_warp};
  if (!args.shape.plain) {
    const std::int64_t checked_rows = args.shape.foreign ? args.shape.sizes.rows : 0;
    return launch("layer_ids_kernel", layer_any_ids_kernel, {plan.blocks}, stream, id_args,
                  checked_rows);
  }
  const auto kernel = !args.shape.hashes                     ? layer_ids_kernel
                      : args.shape.maps || wanted != nullptr ? layer_hash_kernel<true>
                                                             : layer_hash_kernel<false>;
  launch("layer_ids_kernel", kernel, {plan.blocks}, stream, id_args);
}

void enqueue_close_up(const detail::LayerArgs& args, std::int64_t* ids, ValueWeight* weights,
                      Stream stream) {
  const std::int64_t warps = args.shape.sizes.steps * args.shape.columns;
  launch("close_up_kernel", args.shape.weighs ? close_up_kernel<true> : close_up_kernel<false>,
         {(warps + kWarps - 1) / kWarps}, stream, args.header, args.columns,
         detail::Divisor(args.shape.columns), ids, weights);
}

}  // namespace seqfeat::cuda
