// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <bit>

#include "cpu/lanes_avx512.hpp"

namespace seqfeat::cpu::avx512 {

/// Tokens of one class that wait until a few groups of eight are together.
struct Aside {
  static constexpr std::int64_t kEnough = 64;
  static constexpr std::int64_t kRoom = kEnough + 2 * kLanes;  // stores are of eight at a time

  std::int64_t count = 0;
  std::array<std::int64_t, kRoom> token, from, size;
};

SEQFEAT_AVX512_INLINE void compress(std::int64_t* to, Mask which, Lanes v) {
  store(to, lanes(_mm512_maskz_compress_epi64(which, raw(v))));
}

/// Puts those of eight tokens in, from token `first` on, that the mask names.
SEQFEAT_AVX512_INLINE void add(Aside& aside, Mask which, std::int64_t first, Lanes from,
                               Lanes size) {
  const Lanes token = kLaneNumbers + all(static_cast<std::uint64_t>(first));
  compress(aside.token.data() + aside.count, which, token);
  compress(aside.from.data() + aside.count, which, from);
  compress(aside.size.data() + aside.count, which, size);
  aside.count += std::popcount(static_cast<unsigned>(which));
}

/// Takes the first `done` tokens out; fewer than eight remain.
SEQFEAT_AVX512_INLINE void remove_front(Aside& aside, std::int64_t done) {
  for (auto* list : {aside.token.data(), aside.from.data(), aside.size.data()}) {
    store(list, load(list + done));
  }
  aside.count -= done;
}

/// Fills the last group up with copies of its first token: to hash that several times does no harm.
inline void fill_up(Aside& aside) noexcept {
  const auto first = static_cast<std::size_t>(aside.count / kLanes * kLanes);
  for (; aside.count % kLanes != 0; ++aside.count) {
    const auto to = static_cast<std::size_t>(aside.count);
    for (auto* list : {&aside.token, &aside.from, &aside.size}) (*list)[to] = (*list)[first];
  }
}

}  // namespace seqfeat::cpu::avx512
