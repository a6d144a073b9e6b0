// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <type_traits>

#include "simt/collective.hpp"

// Warp intrinsics, for the types for which CUDA has them.

namespace simt {

struct Add {
  template <class T>
  T operator()(T a, T b) const {
    return static_cast<T>(a + b);
  }
};
struct Minimum {
  template <class T>
  T operator()(T a, T b) const {
    return b < a ? b : a;
  }
};
struct Maximum {
  template <class T>
  T operator()(T a, T b) const {
    return a < b ? b : a;
  }
};
struct BitAnd {
  template <class T>
  T operator()(T a, T b) const {
    return a & b;
  }
};
struct BitOr {
  template <class T>
  T operator()(T a, T b) const {
    return a | b;
  }
};
struct BitXor {
  template <class T>
  T operator()(T a, T b) const {
    return a ^ b;
  }
};

/// Small integers promote, as they do where CUDA's overloads take int.
template <class T>
auto warp_operand(T value) {
  if constexpr (std::is_integral_v<T>) {
    return +value;
  } else {
    return value;
  }
}

template <class T>
concept Word32 = std::same_as<T, int> || std::same_as<T, unsigned>;

template <class T, class Operation>
T reduce_lanes(unsigned mask, T value, CallSite site) {
  return from_bits<T>(
      collective(mask, exchange_reduce<T, Operation>, to_bits(value), 0, Ordering::none, site));
}

}  // namespace simt

template <class T>
auto __shfl_sync(unsigned mask, T value, int source, int width = 32, SIMT_CALL_SITE) {
  const int segment = simt::lane_id() & ~(width - 1);
  return simt::shuffle(mask, simt::warp_operand(value), segment | (source & (width - 1)),
                       {"__shfl_sync", file, line});
}
template <class T>
auto __shfl_up_sync(unsigned mask, T value, unsigned delta, int width = 32, SIMT_CALL_SITE) {
  const int lane = simt::lane_id();
  const int source = lane - static_cast<int>(delta);
  return simt::shuffle(mask, simt::warp_operand(value),
                       source < (lane & ~(width - 1)) ? lane : source,
                       {"__shfl_up_sync", file, line});
}
template <class T>
auto __shfl_down_sync(unsigned mask, T value, unsigned delta, int width = 32, SIMT_CALL_SITE) {
  const int lane = simt::lane_id();
  const int source = lane + static_cast<int>(delta);
  return simt::shuffle(mask, simt::warp_operand(value),
                       source > (lane | (width - 1)) ? lane : source,
                       {"__shfl_down_sync", file, line});
}
template <class T>
auto __shfl_xor_sync(unsigned mask, T value, int lanes, int width = 32, SIMT_CALL_SITE) {
  const int lane = simt::lane_id();
  const int source = lane ^ lanes;
  return simt::shuffle(mask, simt::warp_operand(value),
                       source > (lane | (width - 1)) ? lane : source,
                       {"__shfl_xor_sync", file, line});
}

inline unsigned __ballot_sync(unsigned mask, int predicate, SIMT_CALL_SITE) {
  return static_cast<unsigned>(simt::collective(mask, simt::exchange_ballot, predicate != 0, 0,
                                                simt::Ordering::none,
                                                {"__ballot_sync", file, line}));
}
inline int __any_sync(unsigned mask, int predicate, SIMT_CALL_SITE) {
  return __ballot_sync(mask, predicate, file, line) != 0;
}
inline int __all_sync(unsigned mask, int predicate, SIMT_CALL_SITE) {
  return __ballot_sync(mask, !predicate, file, line) == 0;
}
template <class T>
unsigned __match_any_sync(unsigned mask, T value, SIMT_CALL_SITE) {
  static_assert(sizeof(T) == 4 || sizeof(T) == 8, "CUDA matches 4 or 8 bytes");
  return static_cast<unsigned>(simt::collective(mask, simt::exchange_match_any,
                                                simt::to_bits(value), 0, simt::Ordering::none,
                                                {"__match_any_sync", file, line}));
}
template <class T>
unsigned __match_all_sync(unsigned mask, T value, int* all_equal, SIMT_CALL_SITE) {
  const unsigned equal = __match_any_sync(mask, value, file, line);
  const unsigned live = __ballot_sync(mask, 1, file, line);
  *all_equal = equal == live;
  return *all_equal ? live : 0;
}

template <simt::Word32 T>
T __reduce_add_sync(unsigned mask, T value, SIMT_CALL_SITE) {
  return simt::reduce_lanes<T, simt::Add>(mask, value, {"__reduce_add_sync", file, line});
}
template <simt::Word32 T>
T __reduce_min_sync(unsigned mask, T value, SIMT_CALL_SITE) {
  return simt::reduce_lanes<T, simt::Minimum>(mask, value, {"__reduce_min_sync", file, line});
}
template <simt::Word32 T>
T __reduce_max_sync(unsigned mask, T value, SIMT_CALL_SITE) {
  return simt::reduce_lanes<T, simt::Maximum>(mask, value, {"__reduce_max_sync", file, line});
}
inline unsigned __reduce_and_sync(unsigned mask, unsigned value, SIMT_CALL_SITE) {
  return simt::reduce_lanes<unsigned, simt::BitAnd>(mask, value, {"__reduce_and_sync", file, line});
}
inline unsigned __reduce_or_sync(unsigned mask, unsigned value, SIMT_CALL_SITE) {
  return simt::reduce_lanes<unsigned, simt::BitOr>(mask, value, {"__reduce_or_sync", file, line});
}
inline unsigned __reduce_xor_sync(unsigned mask, unsigned value, SIMT_CALL_SITE) {
  return simt::reduce_lanes<unsigned, simt::BitXor>(mask, value, {"__reduce_xor_sync", file, line});
}

/// Any subset that holds the caller is a legal answer: the smallest is the hardest test.
inline unsigned __activemask() {
  return 1u << simt::lane_id();
}
