// SPDX-License-Identifier: Apache-2.0
#include "cuda/contribution_sums.cuh"
#include "cuda/runs.cuh"

// Long runs: their parts are summed by blocks of their own, so that an id that occurs a million
// times does not keep one block busy when all others are done.

namespace seqfeat::cuda {
namespace {

/// A part of a long run.
struct Part {
  std::int64_t key;
  std::int64_t begin;  ///< Its first position,
  std::int64_t count;  ///< and how many it has; 0: there is no part.
  std::int64_t row;    ///< Where its sum goes.
};
constexpr Part kNoPart = {0, 0, 0, 0};

/// The part of a long run that begins in positions [from, from + kPart), of the run of position
/// `p`, which is there, too.
__device__ Part part_at(const TrainingMemory& memory, const detail::TrainingShape& shape,
                        std::int64_t from, std::int64_t p) {
  const std::int64_t key = key_at(memory, shape, p);
  if (key >= shape.keys) return kNoPart;
  // A long run reaches half a part further than this, on one side at least.
  constexpr std::int64_t kHalf = kPart / 2;
  const bool before = p >= kHalf && key_at(memory, shape, p - kHalf) == key;
  if (!before && key_at(memory, shape, p + kHalf) != key) return kNoPart;
  const std::int64_t start = first_position(memory, p, key);
  const std::int64_t end = end_of_run(memory, shape, p, key);
  if (end - start <= kPart) return kNoPart;
  const std::int64_t number = from <= start ? 0 : (from - start + kPart - 1) / kPart;
  const std::int64_t begin = start + number * kPart;
  if (begin >= end || begin >= from + kPart) return kNoPart;
  const std::int64_t rest = end - begin;
  return {key, begin, rest < kPart ? rest : kPart, first_part_of(start) + number};
}

/// In shared memory: a part, and sums of its parts.
struct Shared {
  Staged staged;
  PartShared sums;
};

/// Sums a part; all threads of the block take part.
__device__ void write_part(const detail::TrainingArgs& args, const TrainingMemory& memory,
                           const detail::GradientArgs& gradient, const Part& part, Shared& shared) {
  stage(memory, part.begin, part.count, shared.staged);
  __syncthreads();
  const detail::TrainedTable& table = args.tables[table_of_key(args, part.key)];
  const int elements = elements_of_vector(table.dim, gradient, *memory.place_bits);
  float* const row = memory.part_sums + part.row * memory.part_pitch;
  with_gradient(gradient.type, elements, [&]<int kBytes, int N>() {
    const auto rows = [&](std::int64_t v) {
      return ContributionRows<kBytes, N>(shared.staged, gradient, v);
    };
    const auto store = [&](std::int64_t v, const Floats<N>& sum) {
      store_raw(row + v * N, narrowed<FloatType::float32>(sum), false);
    };
    sum_part<N>(rows, static_cast<int>(part.count), table.dim / N, store, shared.sums);
  });
}

/// A block sums the parts that begin in its kPart positions: of the run that comes in from before,
/// and of one that begins here. Most blocks find neither.
///
/// Traffic   Two keys; of parts a number, a place, a scale and a gradient a contribution.
/// In flight Four vectors a thread.
__global__ void __launch_bounds__(kThreads, 3)
    part_sums_kernel(const detail::TrainingArgs args, const detail::GradientArgs gradient,
                     const TrainingMemory memory) {
  SEQFEAT_SHARED(Shared, shared);
  const std::int64_t from = std::int64_t{blockIdx.x} * kPart;
#pragma unroll 1
  for (int side = 0; side < 2; ++side) {
    const std::int64_t p = side == 0 ? from : from + kPart - 1;
    const Part part = part_at(memory, args.shape, from, p);
    if (part.count == 0) continue;
    if (side == 1 && key_at(memory, args.shape, from) == part.key) continue;  // the same run
    write_part(args, memory, gradient, part, shared);
  }
}

}  // namespace

void load_part_sums_kernels() {
  load_kernel(part_sums_kernel);
}

void enqueue_part_sums(const detail::TrainingArgs& args, const detail::GradientArgs& gradient,
                       Stream stream) {
  if (args.shape.values <= kPart) return;
  launch("part_sums_kernel", part_sums_kernel, {(args.shape.values - 1) / kPart + 1}, stream, args,
         gradient, lay_out_training(args.shape, args.scratch).memory);
}

}  // namespace seqfeat::cuda
