// SPDX-License-Identifier: Apache-2.0
#include "cuda/run_sums.cuh"

// Sums of runs for somebody else's optimizer: distinct ids, ascending, and their rows. Where a row
// goes says how many runs begin before it, so that these are counted first.

namespace seqfeat::cuda {
namespace {

/// A block counts the runs that begin in its positions.
__global__ void __launch_bounds__(kThreads)
    count_runs_kernel(const detail::TrainingShape shape, const TrainingMemory memory) {
  const std::int64_t p = std::int64_t{blockIdx.x} * kPositions + threadIdx.x;
  const int count = __syncthreads_count(begins_run(memory, shape, p, key_at(memory, shape, p)));
  if (threadIdx.x == 0) memory.runs_before[blockIdx.x] = count;
}

/// Runs that begin before position `p`.
__device__ std::int64_t runs_before(const TrainingMemory& memory,
                                    const detail::TrainingShape& shape, std::int64_t p) {
  if (p == 0) return 0;
  const std::int64_t block = (p - 1) / kPositions;
  std::int64_t runs = memory.runs_before[block];
  for (std::int64_t i = block * kPositions; i < p; ++i) {
    runs += begins_run(memory, shape, i, key_at(memory, shape, i)) ? 1 : 0;
  }
  return runs;
}

/// One block adds up the counts of all blocks, and says where each table's runs begin and how many
/// they are.
__global__ void __launch_bounds__(kThreads)
    place_runs_kernel(const detail::TrainingArgs args, const TrainingMemory memory,
                      const detail::SparseRows* tables, const std::int64_t blocks) {
  SEQFEAT_SHARED(std::int64_t[kThreads], sums);
  const std::int64_t each = (blocks + kThreads - 1) / kThreads;
  const std::int64_t begin = each * threadIdx.x < blocks ? each * threadIdx.x : blocks;
  const std::int64_t end = begin + each < blocks ? begin + each : blocks;
  std::int64_t sum = 0;
  for (std::int64_t b = begin; b < end; ++b) sum += memory.runs_before[b];
  sums[threadIdx.x] = sum;
  __syncthreads();
  std::int64_t before = 0;
  for (unsigned i = 0; i < threadIdx.x; ++i) before += sums[i];
  for (std::int64_t b = begin; b < end; ++b) {
    const std::int64_t count = memory.runs_before[b];
    memory.runs_before[b] = before;
    before += count;
  }
  __syncthreads();
  constexpr auto kStride = static_cast<std::int32_t>(kThreads);
  const detail::TrainingShape& shape = args.shape;
  for (std::int32_t t = static_cast<std::int32_t>(threadIdx.x); t <= shape.tables; t += kStride) {
    const std::int64_t key = t < shape.tables ? args.tables[t].first_key : shape.keys;
    const std::int64_t first = first_position(memory, shape.values, key);
    memory.first_runs[t] = runs_before(memory, shape, first);
  }
  __syncthreads();
  for (std::int32_t t = static_cast<std::int32_t>(threadIdx.x); t < shape.tables; t += kStride) {
    *tables[t].count = memory.first_runs[t + 1] - memory.first_runs[t];
  }
}

/// What happens to a row: its gradient is written.
struct WriteRow {
  static constexpr bool kPerRow = false;
  struct Nothing {};

  const detail::SparseRows* tables;
  TrainingMemory memory;

  [[nodiscard]] __device__ std::uint64_t bits(const detail::TrainedTable& table,
                                              std::int32_t t) const {
    return (reinterpret_cast<std::uintptr_t>(table.data) >> log_size_of(table.type)) |
           static_cast<std::uint64_t>(table.pitch) |
           (reinterpret_cast<std::uintptr_t>(tables[t].rows) >> 2);
  }
  template <int N>
  [[nodiscard]] __device__ __forceinline__ Nothing load(const RowAt& /*at*/,
                                                        std::int64_t /*v*/) const {
    return {};
  }
  template <int N>
  __device__ __forceinline__ void finish(const RowAt& at, std::int64_t v, Nothing /*loaded*/,
                                         const Floats<N>& gradient, float /*advanced*/) const {
    const std::int64_t to = memory.runs_before[blockIdx.x] + at.run - memory.first_runs[at.t];
    if (v == 0) tables[at.t].ids[to] = at.row;
    store_raw(tables[at.t].rows + to * at.table.dim + v * N, narrowed<FloatType::float32>(gradient),
              false);
  }
};

/// A block writes the gradients of the rows whose runs begin in its positions.
///
/// Traffic   As update_kernel's, with a row written and none read, but for max_norm.
template <bool kWholeRows>
__global__ void __launch_bounds__(kThreads, kWholeRows ? 2 : 3)
    sparse_rows_kernel(const RunArgs args, const WriteRow write) {
  SEQFEAT_SHARED(RunShared, shared);
  sum_runs<kWholeRows>(args, write, shared);
}

}  // namespace

void load_sparse_rows_kernels() {
  load_kernel(count_runs_kernel);
  load_kernel(place_runs_kernel);
  load_kernel(sparse_rows_kernel<false>);
  load_kernel(sparse_rows_kernel<true>);
}

void enqueue_sparse_rows(const detail::TrainingArgs& args, const detail::GradientArgs& gradient,
                         const detail::SparseRows* tables, Stream stream) {
  const TrainingMemory memory = lay_out_training(args.shape, args.scratch).memory;
  const std::int64_t blocks = (args.shape.values + kPositions - 1) / kPositions;
  launch("count_runs_kernel", count_runs_kernel, {blocks}, stream, args.shape, memory);
  launch("place_runs_kernel", place_runs_kernel, {1}, stream, args, memory, tables, blocks);
  launch("sparse_rows_kernel",
         args.shape.clips ? sparse_rows_kernel<true> : sparse_rows_kernel<false>, {blocks}, stream,
         RunArgs{args, gradient, memory}, WriteRow{tables, memory});
}

}  // namespace seqfeat::cuda
