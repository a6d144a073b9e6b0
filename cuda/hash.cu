// SPDX-License-Identifier: Apache-2.0
#include "cuda/kernels.hpp"
#include "cuda/schedule.hpp"
#include "cuda/tokens.cuh"

// hash: tokens without a batch around them -> ids or fingerprints.

namespace seqfeat::cuda {
namespace {

/// A warp hashes `size` neighbouring values.
__global__ void __launch_bounds__(kThreads)
    hash_kernel(const detail::HashArgs args, const std::int64_t size) {
  SEQFEAT_SHARED(Stages, stages);
  const unsigned warp_in_block = threadIdx.x / 32;
  const std::int64_t begin = (std::int64_t{blockIdx.x} * kWarps + warp_in_block) * size;
  const std::int64_t rest = args.count - begin;
  if (rest <= 0) return;
  hash_run({args.data, args.byte_offsets, args.bytes, args.dtype}, begin, rest < size ? rest : size,
           stages[warp_in_block], [&](std::int64_t i, std::uint64_t fingerprint) {
             args.out[begin + i] =
                 static_cast<std::int64_t>(args.modulo ? args.buckets(fingerprint) : fingerprint);
           });
}

}  // namespace

void load_hash_kernels() {
  load_kernel(hash_kernel);
}

void enqueue_hash(const Device& device, const detail::HashArgs& args, Stream stream) {
  const FlatPlan plan = flat_plan(device, args.count, 32);
  launch("hash_kernel", hash_kernel, {plan.blocks}, stream, args, plan.per_warp);
}

}  // namespace seqfeat::cuda
