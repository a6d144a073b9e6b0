// SPDX-License-Identifier: Apache-2.0
#include "cuda/kernels.hpp"
#include "cuda/long_steps.cuh"

// lookup: given ids -> rows, unpadded.

namespace seqfeat::cuda {
namespace {

/// How the blocks of a lookup go about it.
enum class Way : std::uint8_t {
  copies,    ///< A step has one id at most.
  combines,  ///< Steps of any number of ids.
  clips      ///< Likewise, of rows whose norms are limited.
};

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

/// The ids of step `step`, which somebody else's offsets may put anywhere.
__device__ StepRange ids_of_step(const detail::LookupArgs& args, std::int64_t step) {
  if (args.step_offsets.absent()) return {step, step < args.id_count ? 1 : 0};
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

/// How many ids the thread's step has: kElsewhere if a block of long steps writes it.
__device__ std::int64_t count_here(const LookupPlan& plan, std::int64_t step,
                                   const StepRange& ids) {
  if (plan.slots.long_steps.blocks == 0 || ids.count <= kLongStep) return ids.count;
  return find_long_step(plan.args, ids.begin / kLongStep).slot == step ? kElsewhere : 0;
}

/// A block writes `slots.slots` steps, or slices of long ones.
///
/// Traffic   An id and an offset a value and step, rows once, every cell once.
/// In flight Eight loads of 16 bytes a thread. Not yet run on a GPU.
template <Types kTypes, Way kWay>
__global__ void __launch_bounds__(kThreads, blocks_of(kTypes, kWay != Way::clips))
    lookup_kernel(const LookupPlan plan) {
  union Shared {
    SlotTable slots;
    LongShared long_steps;
  };
  SEQFEAT_SHARED(Shared, shared);
  SEQFEAT_SHARED(UnitMap, map);
  constexpr bool kClips = kWay == Way::clips;
  const detail::LookupArgs& args = plan.args;
  const GivenIds sources{args.ids, args.norms};
  const std::int64_t block = std::int64_t{blockIdx.x} - plan.slots.long_steps.blocks;
  if constexpr (kWay != Way::copies) {
    if (block < 0) {
      const auto find = [&args](std::int64_t piece) { return find_long_step(args, piece); };
      return for_each_long_step(
          plan.slots.long_steps, find,
          [&](const LongStep& step, std::int64_t slice) {
            write_long_step<kTypes, kClips>(args.table, step, sources, output_of(plan, step.slot),
                                            slice, plan.slots.long_steps.slices, shared.long_steps);
          },
          shared.long_steps);
    }
  }
  SlotTable& slots = shared.slots;
  const std::int64_t first_step = block * plan.slots.slots;
  const std::int64_t rest = args.steps - first_step;
  const auto count = static_cast<unsigned>(rest < plan.slots.slots ? rest : plan.slots.slots);
  const unsigned s = threadIdx.x;
  const std::int64_t step = first_step + s;
  const StepRange ids = s < count ? ids_of_step(args, step) : StepRange{0, 0};
  slots.first[s] = ids.begin;
  slots.count[s] = kWay == Way::copies ? ids.count : count_here(plan, step, ids);
  enter_first_row(args.table, sources, slots);
  bool copies = true;
  if constexpr (kWay == Way::copies) {
    __syncthreads();
  } else {
    copies = __syncthreads_or(ids.count > 1) == 0;
  }
  const auto table_of = [&args](unsigned /*column*/) -> const detail::TableRule& {
    return args.table;
  };
  const Output out = output_of(plan, first_step);
  const unsigned most = most_elements<kClips>(args.table, out, copies);
  const Span span = cut_span<kTypes>(1, 0, 1, table_of, out, most);
  write_span<kTypes, kClips>(slots, count, span, map, table_of, sources, out, copies);
}

template <Types kTypes>
auto kernel_for(bool clips, bool nested) {
  return clips    ? lookup_kernel<kTypes, Way::clips>
         : nested ? lookup_kernel<kTypes, Way::combines>
                  : lookup_kernel<kTypes, Way::copies>;
}

}  // namespace

void load_lookup_kernels() {
  load_kernel(lookup_kernel<Types::floats, Way::copies>);
  load_kernel(lookup_kernel<Types::floats, Way::combines>);
  load_kernel(lookup_kernel<Types::floats, Way::clips>);
  load_kernel(lookup_kernel<Types::any, Way::copies>);
  load_kernel(lookup_kernel<Types::any, Way::combines>);
  load_kernel(lookup_kernel<Types::any, Way::clips>);
}

void enqueue_lookup(const Device& device, const detail::LookupArgs& args, Stream stream) {
  if (args.steps <= 0) return;
  SlotWork work;
  work.slots = args.steps;
  work.elements = args.table.dim;
  work.ids = args.id_count;
  work.output_bytes = args.steps * args.table.dim * size_of(args.out_type);
  const bool nested = !args.step_offsets.absent();
  const SlotPlan slots =
      slot_plan(device, work, nested ? long_plan(args.id_count, args.table.dim) : LongPlan{});
  const bool floats = args.table.type == FloatType::float32 && args.out_type == FloatType::float32;
  const auto kernel = floats ? kernel_for<Types::floats>(args.table.clips, nested)
                             : kernel_for<Types::any>(args.table.clips, nested);
  launch("lookup_kernel", kernel, {slots.blocks}, stream, LookupPlan{args, slots});
}

}  // namespace seqfeat::cuda
