// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cuda_runtime.h"

// The part of cooperative groups that a block needs: the block, tiles up to a warp, coalesced
// groups, reductions and scans. No grid-wide synchronization: blocks run one after another.

namespace cooperative_groups {

/// All threads of the block.
class thread_block {
 public:
  static unsigned thread_rank() { return static_cast<unsigned>(simt::thread_rank()); }
  static unsigned num_threads() { return blockDim.x * blockDim.y * blockDim.z; }
  static unsigned size() { return num_threads(); }
  static dim3 group_index() { return blockIdx; }
  static dim3 thread_index() { return threadIdx; }
  static dim3 dim_threads() { return blockDim; }
  static void sync(SIMT_CALL_SITE) { __syncthreads(file, line); }
};

inline thread_block this_thread_block() {
  return {};
}
inline void sync(const thread_block&, SIMT_CALL_SITE) {
  __syncthreads(file, line);
}

/// Some lanes of one warp: what tiles and coalesced groups have in common.
class simt_lanes {
 public:
  explicit simt_lanes(unsigned mask) : mask_(mask) {}

  unsigned simt_mask() const { return mask_; }
  unsigned num_threads() const { return static_cast<unsigned>(__popc(mask_)); }
  unsigned size() const { return num_threads(); }
  unsigned thread_rank() const {
    return static_cast<unsigned>(__popc(mask_ & ((1u << simt::lane_id()) - 1)));
  }
  void sync(SIMT_CALL_SITE) const { __syncwarp(mask_, file, line); }

  template <class T>
  T shfl(T value, unsigned rank, SIMT_CALL_SITE) const {
    return exchange(value, rank % num_threads(), {"shfl", file, line});
  }
  template <class T>
  T shfl_down(T value, unsigned delta, SIMT_CALL_SITE) const {
    return exchange(value, thread_rank() + delta, {"shfl_down", file, line});
  }
  template <class T>
  T shfl_up(T value, unsigned delta, SIMT_CALL_SITE) const {
    return exchange(value, thread_rank() - delta, {"shfl_up", file, line});
  }
  template <class T>
  T shfl_xor(T value, unsigned ranks, SIMT_CALL_SITE) const {
    return exchange(value, thread_rank() ^ ranks, {"shfl_xor", file, line});
  }

  unsigned ballot(int predicate, SIMT_CALL_SITE) const {
    return by_rank(__ballot_sync(mask_, predicate, file, line));
  }
  int any(int predicate, SIMT_CALL_SITE) const { return __any_sync(mask_, predicate, file, line); }
  int all(int predicate, SIMT_CALL_SITE) const { return __all_sync(mask_, predicate, file, line); }
  template <class T>
  unsigned match_any(T value, SIMT_CALL_SITE) const {
    return by_rank(__match_any_sync(mask_, value, file, line));
  }

 private:
  /// Reads the value of `rank`, or the caller's own where there is no such rank.
  template <class T>
  T exchange(const T& value, unsigned rank, simt::CallSite site) const {
    const unsigned source = rank < num_threads() ? rank : thread_rank();
    return simt::shuffle(mask_, value, lane_of(source), site);
  }
  int lane_of(unsigned rank) const {
    unsigned lanes = mask_;
    while (rank--) lanes &= lanes - 1;
    return __ffs(static_cast<int>(lanes)) - 1;
  }
  unsigned by_rank(unsigned lanes) const {
    unsigned ranks = 0, rank = 0;
    for (unsigned rest = mask_; rest; rest &= rest - 1, ++rank) {
      ranks |= (lanes >> (__ffs(static_cast<int>(rest)) - 1) & 1u) << rank;
    }
    return ranks;
  }

  unsigned mask_;
};

/// The lanes that happen to run together; here always the caller alone (see __activemask).
class coalesced_group : public simt_lanes {
 public:
  using simt_lanes::simt_lanes;
};

inline coalesced_group coalesced_threads() {
  return coalesced_group(__activemask());
}

/// N consecutive threads of a block, within a warp.
template <unsigned N, class Parent = void>
class thread_block_tile : public simt_lanes {
  static_assert(N >= 1 && N <= 32 && (N & (N - 1)) == 0, "tiles above a warp are not emulated");

 public:
  thread_block_tile() : simt_lanes(mask_of_caller()) {}

  static constexpr unsigned num_threads() { return N; }
  static constexpr unsigned size() { return N; }
  static unsigned thread_rank() { return static_cast<unsigned>(simt::lane_id()) % N; }
  static unsigned meta_group_rank() { return thread_block::thread_rank() / N; }
  static unsigned meta_group_size() { return (thread_block::num_threads() + N - 1) / N; }

 private:
  static unsigned mask_of_caller() {
    const unsigned first = static_cast<unsigned>(simt::lane_id()) & ~(N - 1);
    return static_cast<unsigned>((1ull << N) - 1) << first;
  }
};

template <unsigned N, class Parent>
thread_block_tile<N, Parent> tiled_partition(const Parent&) {
  return {};
}

template <class T>
struct plus {
  T operator()(T a, T b) const { return a + b; }
};
template <class T>
struct less {
  T operator()(T a, T b) const { return b < a ? b : a; }
};
template <class T>
struct greater {
  T operator()(T a, T b) const { return a < b ? b : a; }
};
template <class T>
struct bit_and {
  T operator()(T a, T b) const { return a & b; }
};
template <class T>
struct bit_or {
  T operator()(T a, T b) const { return a | b; }
};
template <class T>
struct bit_xor {
  T operator()(T a, T b) const { return a ^ b; }
};

template <class Group, class T, class Operation>
T reduce(const Group& group, T value, Operation, SIMT_CALL_SITE) {
  return simt::reduce_lanes<T, Operation>(group.simt_mask(), value, {"reduce", file, line});
}

template <class Group, class T, class Operation = plus<T>>
T inclusive_scan(const Group& group, T value, Operation = {}, SIMT_CALL_SITE) {
  return simt::from_bits<T>(simt::collective(group.simt_mask(), simt::exchange_scan<T, Operation>,
                                             simt::to_bits(value), 0, simt::Ordering::none,
                                             {"inclusive_scan", file, line}));
}

template <class Group, class T>
T exclusive_scan(const Group& group, T value, SIMT_CALL_SITE) {
  static_assert(std::is_integral_v<T>, "a sum of floats cannot be taken back");
  const T through = inclusive_scan(group, value, plus<T>{}, file, line);
  return static_cast<T>(through - value);
}

}  // namespace cooperative_groups
