// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <cstring>
#include <type_traits>

// The seam between the intrinsics and the engine. A warp collective is carried out once, by the
// last lane of its mask to arrive, over the operands that all lanes left behind.

// Collective bodies touch the engine's state, which other lanes wrote uninstrumented.
#if defined(__SANITIZE_THREAD__)
#define SIMT_NO_TSAN __attribute__((no_sanitize("thread")))
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define SIMT_NO_TSAN __attribute__((no_sanitize("thread")))
#endif
#endif
#ifndef SIMT_NO_TSAN
#define SIMT_NO_TSAN
#endif

namespace simt {

/// The place in a kernel that entered a collective, for messages.
struct CallSite {
  const char* what;
  const char* file;
  int line;
};

/// One lane's operands and result.
struct Exchange {
  std::uint64_t in = 0;
  std::uint64_t aux = 0;
  std::uint64_t out = 0;
};

/// Computes the results of the lanes in `live`; `warp` points to the warp's 32 exchanges.
using CollectiveBody = void (*)(Exchange* warp, std::uint32_t live);

/// Whether a collective is a memory fence among its lanes (__syncwarp is, a shuffle is not).
enum class Ordering { none, memory };

/// Enters a collective, waits for the other live lanes of `mask`, and returns the lane's result.
std::uint64_t collective(std::uint32_t mask, CollectiveBody body, std::uint64_t in,
                         std::uint64_t aux, Ordering ordering, CallSite site);

/// The index in its warp of the running thread.
int lane_id();

/// The linear index in its block of the running thread.
int thread_rank();

template <class T>
std::uint64_t to_bits(T value) {
  static_assert(sizeof(T) <= 8 && std::is_trivially_copyable_v<T>);
  std::uint64_t bits = 0;
  std::memcpy(&bits, &value, sizeof(T));
  return bits;
}

template <class T>
T from_bits(std::uint64_t bits) {
  T value;
  std::memcpy(&value, &bits, sizeof(T));
  return value;
}

// Bodies that need no type live in the engine.
void exchange_nothing(Exchange* warp, std::uint32_t live);
void exchange_shuffle(Exchange* warp, std::uint32_t live);
void exchange_ballot(Exchange* warp, std::uint32_t live);
void exchange_match_any(Exchange* warp, std::uint32_t live);

/// Folds the lanes' values in lane order; every lane gets the result.
template <class T, class Operation>
SIMT_NO_TSAN void exchange_reduce(Exchange* warp, std::uint32_t live) {
  T total = from_bits<T>(warp[__builtin_ctz(live)].in);
  for (std::uint32_t rest = live & (live - 1); rest; rest &= rest - 1) {
    total = Operation{}(total, from_bits<T>(warp[__builtin_ctz(rest)].in));
  }
  for (std::uint32_t rest = live; rest; rest &= rest - 1) {
    warp[__builtin_ctz(rest)].out = to_bits(total);
  }
}

/// Folds the values of the lanes up to each one, in lane order.
template <class T, class Operation>
SIMT_NO_TSAN void exchange_scan(Exchange* warp, std::uint32_t live) {
  T total = from_bits<T>(warp[__builtin_ctz(live)].in);
  warp[__builtin_ctz(live)].out = to_bits(total);
  for (std::uint32_t rest = live & (live - 1); rest; rest &= rest - 1) {
    Exchange& lane = warp[__builtin_ctz(rest)];
    total = Operation{}(total, from_bits<T>(lane.in));
    lane.out = to_bits(total);
  }
}

/// Reads `source`'s value; any trivially copyable T, eight bytes at a time.
template <class T>
T shuffle(std::uint32_t mask, const T& value, int source, CallSite site) {
  static_assert(std::is_trivially_copyable_v<T>);
  T result;
  for (std::size_t at = 0; at < sizeof(T); at += 8) {
    const std::size_t bytes = sizeof(T) - at < 8 ? sizeof(T) - at : 8;
    std::uint64_t word = 0;
    std::memcpy(&word, reinterpret_cast<const char*>(&value) + at, bytes);
    word = collective(mask, exchange_shuffle, word, static_cast<unsigned>(source), Ordering::none,
                      site);
    std::memcpy(reinterpret_cast<char*>(&result) + at, &word, bytes);
  }
  return result;
}

}  // namespace simt

/// Parameters that every collective takes last, so that messages can name the kernel's line.
#define SIMT_CALL_SITE const char *file = __builtin_FILE(), int line = __builtin_LINE()
