// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "cuda/contribution_sums.cuh"
#include "cuda/row_products.cuh"
#include "cuda/runs.cuh"
#include "cuda/tile.cuh"

// From runs to the gradients of rows, and what is done with those: an Action has
//
//   kPerRow                      it wants to know the sum of squares of a row's gradient;
//   bits(table, t)               the bits of addresses and strides of what it reads and writes, in
//                                elements;
//   load<N>(at, v)               what it reads at vector v of a row, asked for before the gradient;
//   advance(at, squares)         what it makes of that sum, once a row;
//   finish<N>(at, v, loaded, gradient, advanced).

namespace seqfeat::cuda {

/// What kernels that sum runs are given.
struct RunArgs {
  detail::TrainingArgs training;
  detail::GradientArgs gradient;
  TrainingMemory memory;
};

/// The row of a run.
struct RowAt {
  const detail::TrainedTable& table;
  std::int32_t t;  ///< The table's number.
  std::int64_t row;
  std::int64_t run;  ///< The run's number in the block.
};

/// In shared memory: what a block needs that sums runs.
struct RunShared {
  RunList runs;
  Staged staged;  ///< Contributions from the first run on.
  union {
    PartShared parts;
    RowChunk chunks[kWarps];
  };
};

/// Vector `v` of the gradient of run `run` as it is summed.
template <int kBytes, int N>
__device__ __forceinline__ Floats<N> sum_of_run(const RunArgs& args, const RunShared& shared,
                                                unsigned run, std::int64_t v) {
  const RunList& runs = shared.runs;
  const std::uint32_t start = runs.starts[run];
  if (is_long(runs, run)) {
    const float* sum = args.memory.part_sums + first_part_of(start) * args.memory.part_pitch;
    return widened<4, N>(load_changing<4 * N>(sum + v * N), FloatType::float32);
  }
  const ContributionRows<kBytes, N> rows(shared.staged, args.gradient, v);
  const auto first = static_cast<int>(start - runs.starts[0]);
  return sum_of_level<3, N>(rows, first, static_cast<int>(runs.starts[run + 1] - start));
}

/// Adds up the sums of a long run's parts, level by level, until the first is the run's. All
/// threads of the block take part.
__device__ inline void add_parts(const RunArgs& args, std::int64_t start, std::int64_t end,
                                 std::int64_t dim, PartShared& shared) {
  const std::int64_t pitch = args.memory.part_pitch;
  float* const parts = args.memory.part_sums + first_part_of(start) * pitch;
  const auto add = [&]<int N>() {
#pragma unroll 1
    for (std::int64_t n = (end - start - 1) / kPart + 1; n > 1; n = (n - 1) / kPart + 1) {
#pragma unroll 1
      for (std::int64_t at = 0; at < n; at += kPart) {
        const auto rows = [&](std::int64_t v) { return SumRows<N>(parts + at * pitch, pitch, v); };
        const auto store = [&](std::int64_t v, const Floats<N>& sum) {
          store_raw(parts + at / kPart * pitch + v * N, narrowed<FloatType::float32>(sum), false);
        };
        const std::int64_t rest = n - at;
        sum_part<N>(rows, static_cast<int>(rest < kPart ? rest : kPart), dim / N, store, shared);
      }
    }
  };
  return dim % 4 == 0 ? add.template operator()<4>() : add.template operator()<1>();
}

/// Runs [first, end) of one table: a thread takes a vector of a row.
template <int kBytes, int N, class Action>
__device__ __forceinline__ void do_vectors(const RunArgs& args, const Action& action,
                                           const RunShared& shared, unsigned first, unsigned end,
                                           std::int32_t t) {
  const detail::TrainedTable table = args.training.tables[t];
  for (VectorCursor cursor(static_cast<unsigned>(table.dim / N), 1); first + cursor.at.slot < end;
       cursor.next()) {
    const unsigned run = first + cursor.at.slot;
    const RowAt at{table, t, shared.runs.keys[run] - table.first_key, run};
    const std::int64_t v = cursor.at.index;
    const auto loaded = action.template load<N>(at, v);
    action.template finish<N>(at, v, loaded, sum_of_run<kBytes, N>(args, shared, run, v), 0.0F);
  }
}

/// The same where sums over whole rows are wanted: a warp takes a row, a lane a vector of it.
template <int kBytes, int N, class Action>
__device__ __forceinline__ void do_rows(const RunArgs& args, const Action& action,
                                        RunShared& shared, unsigned first, unsigned end,
                                        std::int32_t t) {
  const detail::TrainedTable table = args.training.tables[t];
#pragma unroll 1
  for (unsigned run = first + threadIdx.x / 32; run < end; run += kWarps) {
    const RowAt at{table, t, shared.runs.keys[run] - table.first_key, run};
    const TableRow row(table, at.row);
    GradientOfRow gradient(table.dim, shared.chunks[threadIdx.x / 32], [&](std::int64_t v) {
      return sum_of_run<kBytes, N>(args, shared, run, v);
    });
    if (table.clips) gradient.limit(row, table.max_norm);
    float advanced = 0.0F;
    if constexpr (Action::kPerRow) advanced = action.advance(at, gradient.squares(row));
    gradient.for_each_vector(row, [&](std::int64_t v, const Floats<N>& sum) {
      action.template finish<N>(at, v, action.template load<N>(at, v), sum, advanced);
    });
  }
}

/// A block sums the runs that begin in its positions, and does with them what `action` says; where
/// `kWholeRows`, a warp takes a row.
template <bool kWholeRows, class Action>
__device__ __forceinline__ void sum_runs(const RunArgs& args, const Action& action,
                                         RunShared& shared) {
  const RunList& runs = shared.runs;
  const unsigned count = list_runs(args.memory, args.training.shape, shared.runs);
  if (count == 0) return;
  const bool one_is_long = is_long(runs, count - 1);
  stage(args.memory, runs.starts[0], runs.starts[one_is_long ? count - 1 : count] - runs.starts[0],
        shared.staged);
  __syncthreads();
  if (one_is_long) {  // it begins here, so that no other one can be as long
    const std::int32_t t = table_of_key(args.training, runs.keys[count - 1]);
    add_parts(args, runs.starts[count - 1], runs.starts[count], args.training.tables[t].dim,
              shared.parts);
  }
#pragma unroll 1
  for (unsigned first = 0; first < count;) {
    const std::int32_t t = table_of_key(args.training, runs.keys[first]);
    const detail::TrainedTable& table = args.training.tables[t];
    const unsigned end = first_run(runs, first, count, table.first_key + table.rows);
    const int elements = elements_of_vector(table.dim, args.gradient,
                                            *args.memory.place_bits | action.bits(table, t));
    with_gradient(args.gradient.type, elements, [&]<int kBytes, int N>() {
      if constexpr (kWholeRows) {
        do_rows<kBytes, N>(args, action, shared, first, end, t);
      } else {
        do_vectors<kBytes, N>(args, action, shared, first, end, t);
      }
    });
    first = end;
  }
}

}  // namespace seqfeat::cuda
