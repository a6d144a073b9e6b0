// SPDX-License-Identifier: Apache-2.0
#include "cuda/kernels.hpp"
#include "cuda/launch.cuh"
#include "cuda/schedule.hpp"

// map: tokens without a batch around them -> ids, by keyed hashes.

namespace seqfeat::cuda {
namespace {

struct Text {
  unsigned char bytes[detail::MapArgs::kMostText];
};

/// A warp maps `size` neighbouring values, a value a lane.
///
/// Traffic   A value and an id.
__global__ void __launch_bounds__(kThreads, 2)
    map_kernel(const detail::MapArgs args, const std::int64_t size) {
  SEQFEAT_SHARED(Text, text);
  IdSource source = args.source;
  for (unsigned i = threadIdx.x; i < source.data_bytes; i += kThreads) text.bytes[i] = args.text[i];
  source.data = text.bytes;
  __syncthreads();
  const std::int64_t begin = (std::int64_t{blockIdx.x} * kWarps + threadIdx.x / 32) * size;
  const std::int64_t rest = args.view.value_count - begin;
  const std::int64_t end = begin + (rest < size ? rest : size);
  for (std::int64_t i = begin + threadIdx.x % 32; i < end; i += 32) {
    args.out[i] = keyed_id_of(source, detail::token_of(args.view, i));
  }
}

}  // namespace

void load_map_kernels() {
  load_kernel(map_kernel);
}

void enqueue_map(const Device& device, const detail::MapArgs& args, Stream stream) {
  const FlatPlan plan = flat_plan(device, args.view.value_count, 32);
  launch("map_kernel", map_kernel, {plan.blocks}, stream, args, plan.per_warp);
}

}  // namespace seqfeat::cuda
