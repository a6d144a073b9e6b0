// SPDX-License-Identifier: Apache-2.0
#include "backend/tuning.hpp"
#include "cuda/combine_rows.cuh"
#include "cuda/kernels.hpp"
#include "cuda/long_steps.cuh"

// lookup: given ids -> rows, unpadded.

namespace seqfeat::cuda {
namespace {

struct LookupPlan {
  detail::LookupArgs args;
  SlotPlan slots;
};

/// The output from step `step` on.
__device__ Output output_of(const LookupPlan& plan, std::int64_t step) {
  const std::int64_t bytes = plan.args.out_pitch << log_size_of(plan.args.out_type);
  return {static_cast<unsigned char*>(plan.args.out) + step * bytes, plan.args.out_type, bytes,
          plan.slots.streaming};
}

/// The id of step `step` where each has one.
__device__ StepRange id_of_step(const detail::LookupArgs& args, std::int64_t step) {
  return {step, step < args.id_count ? 1 : 0};
}
/// The ids of step `step`, which somebody else's offsets may put anywhere.
__device__ StepRange ids_of_step(const detail::LookupArgs& args, std::int64_t step) {
  if (args.step_offsets.absent()) return id_of_step(args, step);
  const std::int64_t begin = clamp_offset(args.step_offsets[step], args.id_count);
  const std::int64_t end = clamp_offset(args.step_offsets[step + 1], args.id_count);
  return {begin, end > begin ? end - begin : 0};
}

/// The step of more than kLongStep ids that begins in piece `piece` of the ids.
__device__ LongStep find_long_step(const detail::LookupArgs& args, std::int64_t piece) {
  const std::int64_t id = (piece + 1) * kLongStep;
  const std::int64_t step = last_not_above(args.step_offsets, args.steps, id);
  const StepRange ids = ids_of_step(args, step);
  if (ids.count <= kLongStep || ids.begin < piece * kLongStep || ids.begin >= id) return kNoStep;
  return {step, 0, ids.begin, ids.count};
}

/// How many ids the thread's step has: kLongSegment if a block of long steps writes it.
__device__ std::int64_t count_here(const LookupPlan& plan, std::int64_t step,
                                   const StepRange& ids) {
  if (plan.slots.long_steps.blocks == 0 || ids.count <= kLongStep) return ids.count;
  return find_long_step(plan.args, ids.begin / kLongStep).slot == step ? kLongSegment : 0;
}

/// A block writes `slots.slots` steps, or slices of long ones.
///
/// Traffic   An id and an offset a value and step, rows once, every cell once.
/// In flight Eight loads of 16 bytes a thread.
template <Method kMethod>
__global__ void __launch_bounds__(kThreads, blocks_of(kMethod))
    lookup_kernel(const LookupPlan plan) {
  union Shared {
    SegmentTable segments;
    LongShared long_steps;
  };
  SEQFEAT_SHARED(Shared, shared);
  SEQFEAT_SHARED(VectorMap, map);
  const detail::LookupArgs& args = plan.args;
  const GivenIds ids{args.ids, args.norms};
  const std::int64_t block = std::int64_t{blockIdx.x} - plan.slots.long_steps.blocks;
  if constexpr (kMethod != Method::copy) {
    if (block < 0) {
      const auto find = [&args](std::int64_t piece) { return find_long_step(args, piece); };
      return for_each_long_step(
          plan.slots.long_steps, find,
          [&](const LongStep& step, std::int64_t slice) {
            write_long_step<kMethod>(args.table, step, ids, output_of(plan, step.slot), slice,
                                     plan.slots.long_steps.slices, shared.long_steps);
          },
          shared.long_steps);
    }
  }
  SegmentTable& segments = shared.segments;
  const std::int64_t first_step = block * plan.slots.slots;
  const std::int64_t rest = args.steps - first_step;
  const auto count = static_cast<unsigned>(rest < plan.slots.slots ? rest : plan.slots.slots);
  const Output out = output_of(plan, first_step);
  const auto table_of = [&args](unsigned /*column*/) -> const detail::TableRule& {
    return args.table;
  };
  const unsigned s = threadIdx.x;
  const std::int64_t step = first_step + s;
  StepRange found{0, 0};
  if (s < count) {
    found = kMethod == Method::copy ? id_of_step(args, step) : ids_of_step(args, step);
  }
  segments.first[s] = found.begin;
  segments.count[s] = kMethod == Method::copy ? found.count : count_here(plan, step, found);
  enter_first_row(args.table, ids, segments);
  if constexpr (kMethod == Method::copy) {
    __syncthreads();
    copy_rows(segments, count, 1, map, table_of, out);
  } else {
    const bool single = __syncthreads_or(found.count > 1) == 0;
    combine_rows<kMethod>(segments, count, 1, map, table_of, ids, out, single);
  }
}

}  // namespace

void load_lookup_kernels() {
  load_kernel(lookup_kernel<Method::copy>);
  load_kernel(lookup_kernel<Method::combine>);
  load_kernel(lookup_kernel<Method::clip>);
}

void enqueue_lookup(const Device& device, const detail::LookupArgs& args, Stream stream) {
  if (args.steps <= 0) return;
  const bool nested = !args.step_offsets.absent();
  const bool copies = copies_rows(args);
  SlotWork work;
  work.slots = args.steps;
  work.vectors = vectors_of(args.table.dim, args.out_type, copies);
  work.ids = args.id_count;
  work.output_bytes = args.steps * args.table.dim * size_of(args.out_type);
  work.copies = copies;
  work.batches = 1;  // nothing of a batch has to be read before the ids
  const SlotPlan slots =
      slot_plan(device, work, nested ? long_plan(args.id_count, args.table.dim) : LongPlan{});
  const auto kernel = args.table.clips ? lookup_kernel<Method::clip>
                      : copies         ? lookup_kernel<Method::copy>
                                       : lookup_kernel<Method::combine>;
  launch("lookup_kernel", kernel, {slots.blocks}, stream, LookupPlan{args, slots});
}

}  // namespace seqfeat::cuda
