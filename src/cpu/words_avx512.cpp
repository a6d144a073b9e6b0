// SPDX-License-Identifier: Apache-2.0
#if defined(__x86_64__)
#include <algorithm>
#include <bit>

#include "cpu/aside_avx512.hpp"
#include "cpu/groups_avx512.hpp"
#include "cpu/hash_paths.hpp"

// Whether a word is there, in which slot and how long it is can hardly be predicted, so no branch
// depends on them: eight tokens look at a slot each, and those for which it settles nothing look at
// the next one together with others, in rounds that become smaller.

namespace seqfeat::cpu {
namespace {

using namespace avx512;

constexpr std::int64_t kAtOnce = 512;
using List = std::array<std::int64_t, kAtOnce + kLanes>;  // stores are of eight at a time

/// Tokens that are still looked for.
struct Sought {
  std::int64_t count = 0;
  List token, slot, hash, from, size;  // slots and tokens by their first byte
};

SEQFEAT_AVX512_INLINE Lanes load(const std::int64_t* from, Mask which) {
  return lanes(_mm512_maskz_loadu_epi64(which, from));
}
SEQFEAT_AVX512_INLINE Mask equal(Lanes a, Lanes b) {
  return _mm512_cmpeq_epi64_mask(raw(a), raw(b));
}

/// A vocabulary whose words have 16 bytes and more together, for a feature whose tokens have.
template <class Offset>
// NOLINTNEXTLINE(clang-analyzer-optin.performance.Padding): there is one, in the order of its use
class Words {
 public:
  SEQFEAT_AVX512_INLINE Words(const IdSource& source, const RaggedView& view)
      : source_(source),
        bytes_(static_cast<const unsigned char*>(view.data)),
        offsets_(static_cast<const Offset*>(view.byte_offsets.data)),
        slots_(vocabulary_slots(source.words)),
        words_(source.data + slots_ * std::int64_t{sizeof(VocabularySlot)}),
        limit_(all(static_cast<std::uint64_t>(view.bytes))),
        room_(all(static_cast<std::uint64_t>(view.bytes - 16))),
        words_room_(all(static_cast<std::uint64_t>(source.data + source.data_bytes - words_ - 16))),
        buckets_(std::max<std::uint64_t>(source.buckets.divisor(), 1)) {}

  /// Fingerprints of tokens [begin, end), at most kAtOnce, stand where their ids will.
  SEQFEAT_AVX512_INLINE void find(std::int64_t begin, std::int64_t end, std::int64_t* ids) {
    find_slots(begin, end, ids);
    look_first(begin, end, ids);
    while (sought_.count > 0) look_on(ids);
  }

 private:
  static constexpr std::int64_t kSlotBytes = sizeof(VocabularySlot);
  static_assert(kSlotBytes == 16);

  /// What a look at their slots has settled of eight tokens.
  struct Settled {
    Mask which;
    Lanes id;
  };

  SEQFEAT_AVX512_INLINE void find_slots(std::int64_t begin, std::int64_t end,
                                        const std::int64_t* ids) {
    const Lanes slots = all(static_cast<std::uint64_t>(slots_));
    for (std::int64_t i = begin; i < end; i += kLanes) {
      const Lanes hash = load(ids + i, first_lanes(end - i));
      // multiply_high by fewer than 2^32 slots.
      const Lanes slot = (multiply_32(hash >> 32, slots) + (multiply_32(hash, slots) >> 32)) >> 32;
      std::int64_t* const first = &first_slots_[at(i - begin)];
      store(first, slot * all(kSlotBytes));
      if (!asks_for_slots(source_)) continue;
      for (int lane = 0; lane < kLanes; ++lane) __builtin_prefetch(source_.data + first[lane]);
    }
    end_list(first_slots_, end - begin);
  }
  /// Behind the last of a list stand places that can be read, for lanes without a token.
  SEQFEAT_AVX512_INLINE static void end_list(List& list, std::int64_t count) {
    store(&list[at(count)], Lanes{});
  }

  /// Tokens [begin, end) look at their first slots.
  SEQFEAT_AVX512 [[gnu::noinline]] void look_first(std::int64_t begin, std::int64_t end,
                                                   std::int64_t* ids) {
    const __m512i zero = _mm512_setzero_si512();
    sought_.count = 0;
    for (std::int64_t i = begin; i < end; i += kLanes) {
      const Mask here = first_lanes(end - i);
      const Lanes given = load_offsets(offsets_ + i, here);
      const __m512i from = _mm512_min_epi64(_mm512_max_epi64(raw(given), zero), raw(limit_));
      __m512i to = raw(load_offsets(offsets_ + i + 1, here));
      to = _mm512_min_epi64(_mm512_max_epi64(to, zero), raw(limit_));
      const Lanes size = lanes(_mm512_max_epi64(_mm512_sub_epi64(to, from), zero));
      const Lanes hash = load(ids + i, here);
      const std::int64_t* slots = &first_slots_[at(i - begin)];
      // Near the end of the memory, and where offsets lie, eight tokens would not begin inside.
      const Mask outside = below(room_, given) | static_cast<Mask>(~here);
      const Settled settled = look(here, slots, hash, offsets_ + i, lanes(from), outside, size);
      store(ids + i, settled.which, settled.id);
      go_on(static_cast<Mask>(here & ~settled.which), load(slots, Mask{0xff}), hash, lanes(from),
            size, kLaneNumbers + all(static_cast<std::uint64_t>(i)));
    }
    end_lists();
  }

  /// Those that are still looked for look at their next slots.
  SEQFEAT_AVX512 [[gnu::noinline]] void look_on(std::int64_t* ids) {
    const std::int64_t count = sought_.count;
    sought_.count = 0;
    for (std::int64_t k = 0; k < count; k += kLanes) {
      const Mask here = first_lanes(count - k);
      const Lanes slot = load(&sought_.slot[at(k)], here);
      const Lanes hash = load(&sought_.hash[at(k)], here);
      const Lanes from = load(&sought_.from[at(k)], here);
      const Lanes size = load(&sought_.size[at(k)], here);
      const Lanes token = load(&sought_.token[at(k)], here);
      const Settled settled = look(here, &sought_.slot[at(k)], hash, &sought_.from[at(k)], from,
                                   below(room_, from), size);
      _mm512_mask_i64scatter_epi64(ids, settled.which, raw(token), raw(settled.id), 8);
      go_on(static_cast<Mask>(here & ~settled.which), slot, hash, from, size, token);
    }
    end_lists();
  }
  SEQFEAT_AVX512_INLINE void end_lists() {
    end_list(sought_.slot, sought_.count);
    end_list(sought_.from, sought_.count);
  }

  /// Puts the tokens that `which` names on the list, with the slots after theirs.
  SEQFEAT_AVX512_INLINE void go_on(Mask which, Lanes slot, Lanes hash, Lanes from, Lanes size,
                                   Lanes token) {
    const std::size_t to = at(sought_.count);
    const Lanes next = slot + all(kSlotBytes);
    const Lanes end = all(static_cast<std::uint64_t>(slots_ * kSlotBytes));
    compress(&sought_.slot[to], which, select(equal(next, end), Lanes{}, next));
    compress(&sought_.hash[to], which, hash);
    compress(&sought_.from[to], which, from);
    compress(&sought_.size[to], which, size);
    compress(&sought_.token[to], which, token);
    sought_.count += std::popcount(static_cast<unsigned>(which));
  }

  /// What eight tokens find in a slot each. They begin at `from`, which stands in memory at
  /// `positions` too, but for those `outside`, from whose begin on 16 bytes cannot be read.
  template <class Position>
  SEQFEAT_AVX512_INLINE Settled look(Mask here, const std::int64_t* slots, Lanes hash,
                                     const Position* positions, Lanes from, Mask outside,
                                     Lanes size) const {
    const auto [key, size_and_id] = load_16(source_.data, slots);
    const Lanes no_id = all(std::uint64_t{VocabularySlot::kFree} << 32);
    const auto free = static_cast<Mask>(~below(size_and_id, no_id));
    const Lanes place = key ^ (hash << VocabularySlot::kPlaceBits);
    const Mask alike = equal(place >> VocabularySlot::kPlaceBits, Lanes{}) &
                       equal(size_and_id & all(0xffffffff), size) & ~free & here;
    const Mask same =
        alike == 0 ? Mask{0} : same_words(alike, positions, from, outside, place, size);
    return {static_cast<Mask>((free | same) & here),
            select(free, other_ids(hash), size_and_id >> 32)};
  }

  /// Which of the tokens that `which` names have the bytes of the words at `place`.
  template <class Position>
  SEQFEAT_AVX512_INLINE Mask same_words(Mask which, const Position* positions, Lanes from,
                                        Mask outside, Lanes place, Lanes size) const {
    const auto vectors =
        static_cast<Mask>(which & ~below(all(16), size) & ~outside & ~below(words_room_, place));
    Sixteen token;
    if (outside == 0) {
      token = load_16(bytes_, positions);
    } else {
      Eight inside;
      store(inside.data(), select(outside, Lanes{}, from));
      token = load_16(bytes_, inside.data());
    }
    Eight where;
    store(where.data(), select(vectors, place, Lanes{}));
    asm("" : "+m"(where));  // to be read from there: taking lanes out one by one is slower
    const Sixteen word = load_16(words_, where.data());
    const Lanes bits = size << 3;
    // Of the first eight bytes and of the second those that belong to the token.
    const Lanes first = right(~Lanes{}, select(below(bits, all(64)), all(64) - bits, Lanes{}));
    const Lanes second = right(~Lanes{}, all(128) - bits);
    const Lanes differ =
        ((token.first ^ word.first) & first) | ((token.second ^ word.second) & second);
    const auto same = static_cast<Mask>(equal(differ, Lanes{}) & vectors);
    const auto rest = static_cast<Mask>(which & ~vectors);
    return rest == 0 ? same : static_cast<Mask>(same | same_bytes_of(rest, from, place, size));
  }

  /// The same one by one: of longer tokens, and of those near the end of their memory.
  [[nodiscard]] SEQFEAT_AVX512 [[gnu::noinline]] Mask same_bytes_of(Mask which, Lanes from,
                                                                    Lanes place, Lanes size) const {
    unsigned same = 0;
    for (unsigned rest = which; rest != 0; rest &= rest - 1) {
      const auto lane = static_cast<std::size_t>(std::countr_zero(rest));
      if (same_bytes(bytes_ + from[lane], words_ + place[lane],
                     static_cast<std::int64_t>(size[lane]))) {
        same |= 1U << lane;
      }
    }
    return static_cast<Mask>(same);
  }

  /// What tokens that are no words become.
  [[nodiscard]] SEQFEAT_AVX512_INLINE Lanes other_ids(Lanes hash) const {
    if (!source_.hashes_others) return all(static_cast<std::uint64_t>(source_.default_id));
    return buckets_(hash) + all(static_cast<std::uint64_t>(source_.words));
  }

  SEQFEAT_AVX512_INLINE static Mask first_lanes(std::int64_t count) {
    return static_cast<Mask>(count < kLanes ? (1 << count) - 1 : 0xff);
  }
  static std::size_t at(std::int64_t k) noexcept { return static_cast<std::size_t>(k); }

  IdSource source_;
  const unsigned char* bytes_;
  const Offset* offsets_;
  std::int64_t slots_;
  const unsigned char* words_;
  Lanes limit_, room_, words_room_;
  Modulo buckets_;
  List first_slots_;
  Sought sought_;
};

template <class Offset>
SEQFEAT_AVX512 void find(const IdSource& source, const RaggedView& view, std::int64_t begin,
                         std::int64_t end, std::int64_t* ids) {
  Words<Offset> words(source, view);
  for (; begin < end; begin += kAtOnce) {
    const std::int64_t stop = std::min(end, begin + kAtOnce);
    hash_strings_avx512(fingerprints_of(view, ids), begin, stop);
    words.find(begin, stop, ids);
  }
}

}  // namespace

void find_words_avx512(const IdSource& source, const RaggedView& view, std::int64_t begin,
                       std::int64_t end, std::int64_t* ids) noexcept {
  view.byte_offsets.wide ? find<std::int64_t>(source, view, begin, end, ids)
                         : find<std::int32_t>(source, view, begin, end, ids);
}

}  // namespace seqfeat::cpu
#endif
