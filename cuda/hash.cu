// SPDX-License-Identifier: Apache-2.0
#include "cuda/kernels.hpp"
#include "cuda/schedule.hpp"
#include "cuda/tokens.cuh"

// hash: tokens without a batch around them -> ids or fingerprints.

namespace seqfeat::cuda {
namespace {

/// A warp's `size` neighbouring values: `run(first, count, put)` hashes them.
template <class Run>
__device__ void hash_piece(const detail::HashArgs& args, std::int64_t size, const Run& run) {
  const std::int64_t begin = (std::int64_t{blockIdx.x} * kWarps + threadIdx.x / 32) * size;
  const std::int64_t rest = args.count - begin;
  if (rest <= 0) return;
  const auto id_bytes = static_cast<std::int64_t>(args.wide ? sizeof(std::int64_t)  //
                                                            : sizeof(std::int32_t));
  auto* const out = kept(static_cast<unsigned char*>(args.out) + begin * id_bytes);
  run(begin, static_cast<unsigned>(rest < size ? rest : size),
      [&](unsigned i, std::uint64_t fingerprint) {
        if (!args.wide) {
          __stwb(reinterpret_cast<std::int32_t*>(out) + i, args.id_of<std::int32_t>(fingerprint));
        } else if (args.modulo) {
          __stwb(reinterpret_cast<std::int64_t*>(out) + i, bucket_of(args.buckets, fingerprint));
        } else {
          __stwb(reinterpret_cast<std::uint64_t*>(out) + i, fingerprint);
        }
      });
}

template <class Offset>
__global__ void __launch_bounds__(kThreads)
    hash_strings_kernel(const detail::HashArgs args, const std::int64_t size) {
  SEQFEAT_SHARED(Stages, stages);
  hash_piece(args, size, [&](std::int64_t first, unsigned count, const auto& put) {
    const Tokens tokens{args.data, args.byte_offsets, args.bytes, args.dtype};
    Stage& stage = stages[threadIdx.x / 32];
    const unsigned rounds = hash_short_strings<Offset>(tokens, first, count, stage, put);
    hash_other_rounds(tokens, first, count, rounds, stage, put);
  });
}

__global__ void __launch_bounds__(kThreads)
    hash_integers_kernel(const detail::HashArgs args, const std::int64_t size) {
  hash_piece(args, size, [&](std::int64_t first, unsigned count, const auto& put) {
    hash_integers(args.data, args.dtype, first, count, put);
  });
}

/// The kernel for these tokens; each kind has its own, which carries no other's registers.
auto kernel_for(const detail::HashArgs& args) {
  if (is_integer(args.dtype)) return hash_integers_kernel;
  return args.byte_offsets.wide ? hash_strings_kernel<std::int64_t>
                                : hash_strings_kernel<std::int32_t>;
}

}  // namespace

void load_hash_kernels() {
  load_kernel(hash_strings_kernel<std::int32_t>);
  load_kernel(hash_strings_kernel<std::int64_t>);
  load_kernel(hash_integers_kernel);
}

void enqueue_hash(const Device& device, const detail::HashArgs& args, Stream stream) {
  const FlatPlan plan = flat_plan(device, args.count, 32);
  launch("hash", kernel_for(args), {plan.blocks}, stream, args, plan.per_warp);
}

}  // namespace seqfeat::cuda
