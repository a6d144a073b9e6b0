// SPDX-License-Identifier: Apache-2.0
#include "cuda/kernels.hpp"
#include "cuda/write_rows.cuh"

// lookup: given ids -> rows, unpadded.

namespace seqfeat::cuda {
namespace {

/// The ids of step `step`, which somebody else's offsets may put anywhere.
__device__ StepRange ids_of_step(const detail::LookupArgs& args, std::int64_t step) {
  if (args.step_offsets.absent()) return {step, step < args.id_count ? 1 : 0};
  const std::int64_t begin = clamp_offset(args.step_offsets[step], args.id_count);
  const std::int64_t end = clamp_offset(args.step_offsets[step + 1], args.id_count);
  return {begin, end > begin ? end - begin : 0};
}

/// A block writes `size` steps.
template <bool kClips>
__global__ void __launch_bounds__(kThreads, kClips ? 2 : 3)
    lookup_kernel(const detail::LookupArgs args, const std::int64_t size, const bool streaming) {
  SEQFEAT_SHARED(SlotTable, slots);
  const unsigned s = threadIdx.x;
  const std::int64_t step = std::int64_t{blockIdx.x} * size + s;
  const bool inside = s < size && step < args.steps;
  const StepRange ids = inside ? ids_of_step(args, step) : StepRange{0, 0};
  slots.place[s] = inside ? step * args.out_pitch : -1;
  slots.first[s] = ids.begin;
  slots.count[s] = ids.count;
  const auto* given = static_cast<const std::int64_t*>(args.ids.data);
  enter_first_row(args.table, given, args.norms, slots);
  const bool multiple = __syncthreads_or(ids.count > 1) != 0;
  write_rows<kClips>(slots, static_cast<unsigned>(size),
                     {args.table, given, args.norms, static_cast<float*>(args.out), streaming},
                     reinterpret_cast<std::uintptr_t>(args.out) |
                         static_cast<std::uint64_t>(args.out_pitch) * sizeof(float),
                     multiple);
}

}  // namespace

void load_lookup_kernels() {
  load_kernel(lookup_kernel<false>);
  load_kernel(lookup_kernel<true>);
}

void enqueue_lookup(const Device& device, const detail::LookupArgs& args, Stream stream) {
  if (args.steps <= 0) return;
  const SlotPlan plan =
      slot_plan(device, args.steps, 1, 1, args.table.dim, args.id_count,
                args.steps * args.table.dim * static_cast<std::int64_t>(sizeof(float)));
  launch("lookup_kernel", args.table.clips ? lookup_kernel<true> : lookup_kernel<false>,
         {plan.blocks}, stream, args, plan.slots, plan.streaming);
}

}  // namespace seqfeat::cuda
