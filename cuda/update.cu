// SPDX-License-Identifier: Apache-2.0
#include "cuda/run_sums.cuh"
#include "seqfeat/stochastic_rounding.hpp"
#include "seqfeat/update_rule.hpp"

// A step of an optimizer: runs are summed and their rows changed in place, without a gradient in
// between.

namespace seqfeat::cuda {
namespace {

/// Elements of a row and its state as they are loaded.
template <int N>
struct RowVector {
  Raw<4 * N> weights;  ///< Of 16 bits: the first half.
  Floats<N> first;
  Floats<N> second;
};

/// What happens to a row.
template <OptimizerKind kKind>
struct Update {
  static constexpr bool kPerRow = kKind == OptimizerKind::rowwise_adagrad;
  static constexpr int kSlots = slots_per_element(kKind);

  detail::UpdateArgs args;

  [[nodiscard]] __device__ std::uint64_t bits(const detail::TrainedTable& table,
                                              std::int32_t t) const {
    std::uint64_t all = reinterpret_cast<std::uintptr_t>(table.data) >> log_size_of(table.type);
    all |= static_cast<std::uint64_t>(table.pitch);
    if (kSlots > 0) all |= reinterpret_cast<std::uintptr_t>(args.states[t].first) >> 2;
    if (kSlots > 1) all |= reinterpret_cast<std::uintptr_t>(args.states[t].second) >> 2;
    return all;
  }

  template <int N>
  [[nodiscard]] __device__ __forceinline__ RowVector<N> load(const RowAt& at,
                                                             std::int64_t v) const {
    RowVector<N> loaded{};
    if (at.table.type == FloatType::float32) {
      loaded.weights = load_changing<4 * N>(weights(at, v * N));
    } else {
      const Raw<2 * N> raw = load_changing<2 * N>(weights(at, v * N));
      for (int i = 0; i < Raw<2 * N>::kWords; ++i) loaded.weights.words[i] = raw.words[i];
    }
    const std::int64_t d = at.row * at.table.dim + v * N;
    if constexpr (kSlots > 0) loaded.first = state<N>(args.states[at.t].first + d);
    if constexpr (kSlots > 1) loaded.second = state<N>(args.states[at.t].second + d);
    return loaded;
  }

  /// By the whole warp.
  [[nodiscard]] __device__ __forceinline__ float advance(const RowAt& at, float squares) const {
    float& accumulator = args.states[at.t].first[at.row];
    float advanced = accumulator;
    const float step = advance_row(*args.scalars, squares, at.table.dim, advanced);
    __syncwarp();  // all have read
    if (threadIdx.x % 32 == 0) accumulator = advanced;
    return step;
  }

  template <int N>
  __device__ __forceinline__ void finish(const RowAt& at, std::int64_t v,
                                         const RowVector<N>& loaded, const Floats<N>& gradient,
                                         float row_step) const {
    const UpdateScalars& s = *args.scalars;
    Floats<N> out = widened_weights(at, loaded);
    Floats<N> first = loaded.first;
    Floats<N> second = loaded.second;
#pragma unroll
    for (int i = 0; i < N; ++i) {
      const UpdatedElement e =
          updated<kKind>(s, row_step, gradient.v[i], {out.v[i], first.v[i], second.v[i]});
      out.v[i] = e.weight;
      first.v[i] = e.first;
      second.v[i] = e.second;
    }
    const std::int64_t d = at.row * at.table.dim + v * N;
    if (kSlots > 0 && stores_state(kKind, s)) {
      store_state(args.states[at.t].first + d, first);
      if constexpr (kSlots > 1) store_state(args.states[at.t].second + d, second);
    }
    if (s.writes) store_weights(at, v, out);
  }

 private:
  [[nodiscard]] static __device__ __forceinline__ unsigned char* weights(const RowAt& at,
                                                                         std::int64_t d) {
    return static_cast<unsigned char*>(at.table.data) +
           ((at.row * at.table.pitch + d) << log_size_of(at.table.type));
  }
  template <int N>
  [[nodiscard]] static __device__ __forceinline__ Floats<N> widened_weights(
      const RowAt& at, const RowVector<N>& loaded) {
    if (at.table.type == FloatType::float32) {
      return widened<4, N>(loaded.weights, FloatType::float32);
    }
    Raw<2 * N> raw;
    for (int i = 0; i < Raw<2 * N>::kWords; ++i) raw.words[i] = loaded.weights.words[i];
    return widened<2, N>(raw, at.table.type);
  }
  template <int N>
  [[nodiscard]] static __device__ __forceinline__ Floats<N> state(const float* from) {
    return widened<4, N>(load_changing<4 * N>(from), FloatType::float32);
  }
  template <int N>
  static __device__ __forceinline__ void store_state(float* to, const Floats<N>& x) {
    store_raw(to, narrowed<FloatType::float32>(x), false);
  }

  template <int N>
  __device__ __forceinline__ void store_weights(const RowAt& at, std::int64_t v,
                                                const Floats<N>& out) const {
    unsigned char* const to = weights(at, v * N);
    if (at.table.type == FloatType::float32 || !args.stochastic) {
      return store_floats(to, out, at.table.type, false);
    }
    // A vector stands in one group of four elements, which share their random words.
    const std::int64_t d = v * N;
    const PhiloxCounter words =
        rounding_words(args.states[at.t].rounding, at.row, d / 4, args.scalars->step);
    Raw<2 * N> raw{};
#pragma unroll
    for (int i = 0; i < N; ++i) {
      const auto place = static_cast<unsigned>(d % 4) + static_cast<unsigned>(i);
      const std::uint32_t word = place == 0   ? words.word[0]
                                 : place == 1 ? words.word[1]
                                 : place == 2 ? words.word[2]
                                              : words.word[3];
      const std::uint32_t value = __float_as_uint(out.v[i]);
      const std::uint32_t half = at.table.type == FloatType::float16
                                     ? stochastic_float16(value, word)
                                     : stochastic_bfloat16(value, word);
      raw.words[i / 2] |= half << (16 * (i % 2));
    }
    store_raw(to, raw, false);
  }
};

/// Blocks that a multiprocessor is to hold: state and whole rows take registers. On sm_100 the
/// compiler would spill some of them for another block.
constexpr unsigned blocks_of(OptimizerKind kind, bool whole_rows) {
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 1000
  return whole_rows && slots_per_element(kind) != 0 ? 1 : 2;
#else
  return slots_per_element(kind) == 0 && !whole_rows ? 3 : 2;
#endif
}

/// A block changes the rows whose runs begin in its positions.
///
/// Traffic   A key; a number, a place, a scale and a gradient a contribution; a row and its state,
///           read and written, once a run.
/// In flight Four vectors of gradients a thread, and one of the row and each state.
template <OptimizerKind kKind, bool kWholeRows>
__global__ void __launch_bounds__(kThreads, blocks_of(kKind, kWholeRows))
    update_kernel(const RunArgs args, const Update<kKind> update) {
  SEQFEAT_SHARED(RunShared, shared);
  sum_runs<kWholeRows>(args, update, shared);
}

/// Calls `body.template operator()<kKind>()`.
template <class Body>
void with_kind(OptimizerKind kind, const Body& body) {
  switch (kind) {
    case OptimizerKind::sgd:
      return body.template operator()<OptimizerKind::sgd>();
    case OptimizerKind::adagrad:
      return body.template operator()<OptimizerKind::adagrad>();
    case OptimizerKind::rowwise_adagrad:
      return body.template operator()<OptimizerKind::rowwise_adagrad>();
    case OptimizerKind::adam:
      return body.template operator()<OptimizerKind::adam>();
    case OptimizerKind::ftrl:
      return body.template operator()<OptimizerKind::ftrl>();
  }
}

/// The kernel of an optimizer, and whether it takes whole rows.
template <OptimizerKind kKind>
auto kernel_of(bool whole_rows) {
  if constexpr (kKind == OptimizerKind::rowwise_adagrad) {
    static_cast<void>(whole_rows);
    return update_kernel<kKind, true>;
  } else {
    return whole_rows ? update_kernel<kKind, true> : update_kernel<kKind, false>;
  }
}

}  // namespace

void load_update_kernels() {
  for (int kind = 0; kind <= static_cast<int>(OptimizerKind::ftrl); ++kind) {
    with_kind(static_cast<OptimizerKind>(kind), [&]<OptimizerKind kKind>() {
      load_kernel(kernel_of<kKind>(false));
      load_kernel(kernel_of<kKind>(true));
    });
  }
}

void enqueue_update(const detail::TrainingArgs& args, const detail::GradientArgs& gradient,
                    const detail::UpdateArgs& update, Stream stream) {
  const RunArgs runs{args, gradient, lay_out_training(args.shape, args.scratch).memory};
  const Grid grid{(args.shape.values + kPositions - 1) / kPositions};
  with_kind(update.kind, [&]<OptimizerKind kKind>() {
    launch("update_kernel", kernel_of<kKind>(args.shape.clips), grid, stream, runs,
           Update<kKind>{update});
  });
}

}  // namespace seqfeat::cuda
