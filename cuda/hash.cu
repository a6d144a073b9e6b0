// SPDX-License-Identifier: Apache-2.0
#include "cuda/kernels.hpp"
#include "cuda/schedule.hpp"
#include "cuda/tokens.cuh"

// hash: tokens without a batch around them -> ids or fingerprints.

namespace seqfeat::cuda {
namespace {

/// A warp's share of the values.
struct Piece {
  std::int64_t first;
  unsigned count;
};
__device__ Piece piece_of(const detail::HashArgs& args, std::int64_t size) {
  const std::int64_t begin = (std::int64_t{blockIdx.x} * kWarps + threadIdx.x / 32) * size;
  const std::int64_t rest = args.count - begin;
  return {begin, static_cast<unsigned>(rest < 0 ? 0 : rest < size ? rest : size)};
}

/// Writes ids, counted from the piece's first.
class Ids {
 public:
  __device__ Ids(const detail::HashArgs& args, const Piece& piece)
      : args_(args),
        out_(static_cast<unsigned char*>(args.out) +
             piece.first * static_cast<std::int64_t>(args.wide ? sizeof(std::int64_t)
                                                               : sizeof(std::int32_t))) {}

  /// The same, the place in a register of its own.
  [[nodiscard]] __device__ Ids in_register() const {
    Ids ids = *this;
    ids.out_ = kept(out_);
    return ids;
  }
  __device__ void operator()(unsigned i, std::uint64_t fingerprint) const {
    if (!args_.wide) {
      __stwb(reinterpret_cast<std::int32_t*>(out_) + i, args_.id_of<std::int32_t>(fingerprint));
    } else {
      __stwb(reinterpret_cast<std::int64_t*>(out_) + i, args_.id_of<std::int64_t>(fingerprint));
    }
  }

 private:
  const detail::HashArgs& args_;
  unsigned char* out_;
};

/// Blocks of strings that a multiprocessor is to hold. Before sm_90 the compiler needs more
/// registers than are left to each of four.
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ < 900
constexpr unsigned kStringBlocks = 3;
#else
constexpr unsigned kStringBlocks = 4;
#endif

/// A warp hashes `size` neighbouring strings.
///
/// Traffic     An offset, the string's bytes and an id.
/// In flight   The offsets or the bytes of a tile, in each of kStringBlocks * kWarps warps.
///
/// The instructions of each path are counted in tools/sass/baseline.json, registers and shared
/// memory are bounded in tools/sass/budget.json.
template <class Offset>
__global__ void __launch_bounds__(kThreads, kStringBlocks)
    hash_strings_kernel(const detail::HashArgs args, const std::int64_t size) {
  SEQFEAT_SHARED(Stages, stages);
  const Piece piece = piece_of(args, size);
  if (piece.count == 0) return;
  const Tokens tokens{args.data, args.byte_offsets, args.bytes, args.dtype};
  Stage& stage = stages[threadIdx.x / 32];
  const Ids ids(args, piece);
  const unsigned rounds =
      hash_short_strings<Offset>(tokens, piece.first, piece.count, stage, ids.in_register());
  hash_other_rounds(tokens, piece.first, piece.count, rounds, stage, ids);
}

/// A warp hashes `size` neighbouring integers, 32 a round.
///
/// Traffic     An integer and an id.
__global__ void __launch_bounds__(kThreads)
    hash_integers_kernel(const detail::HashArgs args, const std::int64_t size) {
  const Piece piece = piece_of(args, size);
  hash_integers(args.data, args.dtype, piece.first, piece.count, Ids(args, piece).in_register());
}

/// The kernel for these tokens; each kind has its own, which carries no other's registers.
auto kernel_for(const detail::HashArgs& args) {
  if (args.dtype != DType::string) return hash_integers_kernel;
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
