// SPDX-License-Identifier: Apache-2.0
#if defined(__x86_64__)
#include <algorithm>
#include <bit>

#include "cpu/aside_avx512.hpp"
#include "cpu/farm_avx512.hpp"
#include "cpu/hash_paths.hpp"

// Tokens go eight at a time through one merged body for sizes up to 32. Longer ones are put on
// lists by class and worked off afterwards, so that no branch depends on a single token's size.

namespace seqfeat::cpu {
namespace {

using namespace avx512;

using Eight = std::array<std::int64_t, kLanes>;

SEQFEAT_AVX512_INLINE Lanes load_offsets(const std::int64_t* at) {
  return load(at);
}
SEQFEAT_AVX512_INLINE Lanes load_offsets(const std::int32_t* at) {
  return lanes(_mm512_cvtepi32_epi64(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(at))));
}
SEQFEAT_AVX512_INLINE Lanes load_offsets(const std::int64_t* at, Mask which) {
  return lanes(_mm512_maskz_loadu_epi64(which, at));
}
SEQFEAT_AVX512_INLINE Lanes load_offsets(const std::int32_t* at, Mask which) {
  return lanes(_mm512_cvtepi32_epi64(_mm256_maskz_loadu_epi32(which, at)));
}

/// Fingerprints of eight tokens, right for those of up to 32 bytes.
///
/// at, ends   where they begin and end. 16 bytes may be read from each begin on, and, if `medium`
///            (those of more than 16 bytes) is not empty, before each end.
template <class Position>
SEQFEAT_AVX512_INLINE Lanes hash_group(const Constants& c, const unsigned char* bytes,
                                       const Position* at, const Position* ends, Lanes size,
                                       Mask medium) {
  const Sixteen head = load_16(bytes, at);
  const Lanes bits = size << 3;
  const Lanes skip = bits - select(below(size, c.eight), c.word_bits, c.dword_bits);
  const Lanes last = right(head.first, skip) | left(head.second, c.dword_bits - skip);
  Operands operands = operands_0_to_16(c, head.first, last, size);
  if (medium != 0) {
    const Sixteen tail = load_16(bytes, ends, -16);
    merge_17_to_32(c, operands, medium, head.first, head.second, tail.first, tail.second);
  }
  return finish(operands);
}

/// The same of tokens near either end of the buffer or with bad offsets: they are copied first.
SEQFEAT_AVX512 Lanes hash_group_of_copies(const unsigned char* bytes, Lanes from, Lanes size) {
  constexpr std::uint64_t kRoom = 32;
  const Constants c = constants();
  alignas(64) std::array<unsigned char, kLanes * kRoom> copies;
  Eight starts;
  Eight sizes;
  Eight ends;
  size = select(below(c.word_bits, size), all(0), size);
  store(starts.data(), from);
  store(sizes.data(), size);
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    // What the mask leaves out is not read.
    const auto mask = static_cast<__mmask32>((std::uint64_t{1} << sizes[i]) - 1);
    const __m256i token = _mm256_maskz_loadu_epi8(mask, bytes + starts[i]);
    _mm256_store_si256(reinterpret_cast<__m256i*>(copies.data()) + i, token);
  }
  const Mask medium = below(c.sixteen, size);
  const Lanes place = kLaneNumbers * all(kRoom);
  store(starts.data(), place);
  store(ends.data(), place + select(medium, size, c.sixteen));
  return hash_group(c, copies.data(), starts.data(), ends.data(), size, medium);
}

/// Hashes tokens [begin, end): up to 32 bytes at once, longer ones class by class.
template <class Offset, class Id>
class Strings {
 public:
  SEQFEAT_AVX512_INLINE explicit Strings(const detail::HashArgs& args)
      : args_(args),
        bytes_(static_cast<const unsigned char*>(args.data)),
        offsets_(static_cast<const Offset*>(args.byte_offsets.data)),
        out_(static_cast<Id*>(args.out)),
        modulo_(args.modulo),
        buckets_(args.buckets.divisor()),
        limit_(all(static_cast<std::uint64_t>(args.bytes))) {}

  SEQFEAT_AVX512_INLINE void run(std::int64_t begin, std::int64_t end) {
    const Constants c = constants();
    const Lanes limit = limit_;
    const Lanes room = kept(static_cast<std::uint64_t>(args_.bytes - 16));
    std::int64_t i = begin;
    if (args_.bytes >= 16) {
      for (; i + kLanes <= end; i += kLanes) {
        const Lanes from = load_offsets(offsets_ + i);
        const Lanes to = load_offsets(offsets_ + i + 1);
        // Unsigned, so that negative offsets are too large.
        if ((below(room, from) | below(to, from) | below(limit, to)) != 0) {
          run_carefully(i, kLanes);
          continue;
        }
        const Lanes size = to - from;
        const Mask longer = below(c.word_bits, size);
        const Mask medium = below(c.sixteen, size) & ~longer;
        if (medium != 0 && offsets_[i + 1] < 16) {
          run_carefully(i, kLanes);
          continue;
        }
        if (longer != 0) {  // without a call in the usual case, for it would spill the constants
          // Equal sizes make a pattern that the machine follows by itself.
          const Lanes one_size = all(static_cast<std::uint64_t>(offsets_[i + 1] - offsets_[i]));
          const bool mixed = (below(size, one_size) | below(one_size, size)) != 0;
          if (mixed) prefetch(offsets_[i], offsets_[i + kLanes]);
          const Mask over_64 = longer & below(c.dword_bits, size);
          add(asides_[0], static_cast<Mask>(longer & ~over_64), i, from, size);
          if (asides_[0].count >= Aside::kEnough) work_off(0);
          if (over_64 != 0) set_aside(over_64, i, from, size);
          if (longer == 0xff) continue;
        }
        const Lanes hash = hash_group(c, bytes_, offsets_ + i, offsets_ + i + 1, size, medium);
        store(out_ + i, static_cast<Mask>(~longer), modulo_ ? buckets_(hash) : hash);
      }
    }
    for (; i < end; i += kLanes) run_carefully(i, std::min(kLanes, end - i));
    for (std::size_t k = 0; k < kClasses; ++k) {
      if (asides_[k].count == 0) continue;
      fill_up(asides_[k]);
      work_off(k);
    }
  }

 private:
  /// Asks for the bytes that come after [from, to), line by line: tokens that are set aside are not
  /// read in order, so the machine does not see by itself what comes next.
  SEQFEAT_AVX512_INLINE void prefetch(std::int64_t from, std::int64_t to) const {
    constexpr std::int64_t kAhead = 1024;
    constexpr std::int64_t kMost = 2048;
    const std::int64_t stop = std::min({to, from + kMost, args_.bytes - kAhead});
    for (; from < stop; from += 64) _mm_prefetch(bytes_ + from + kAhead, _MM_HINT_T0);
  }

  static constexpr std::size_t kClasses = 4;  // up to 64, 128, 192 and 256 bytes

  /// The same for a few tokens with offsets that must be clamped, or near the buffer's end.
  SEQFEAT_AVX512 [[gnu::noinline]] void run_carefully(std::int64_t i, std::int64_t count) {
    const auto here = static_cast<Mask>((1 << count) - 1);
    const __m512i zero = _mm512_setzero_si512();
    __m512i from = raw(load_offsets(offsets_ + i, here));
    __m512i to = raw(load_offsets(offsets_ + i + 1, here));
    from = _mm512_min_epi64(_mm512_max_epi64(from, zero), raw(limit_));
    to = _mm512_min_epi64(_mm512_max_epi64(to, zero), raw(limit_));
    const Lanes size = lanes(_mm512_max_epi64(_mm512_sub_epi64(to, from), zero));
    const Lanes hash = hash_group_of_copies(bytes_, lanes(from), size);
    store(out_ + i, here, modulo_ ? buckets_(hash) : hash);
    const Mask longer = below(all(32), size);
    if (longer != 0) set_aside(longer, i, lanes(from), size);
  }

  SEQFEAT_AVX512 [[gnu::noinline]] void set_aside(Mask longer, std::int64_t i, Lanes from,
                                                  Lanes size) {
    for (std::size_t k = 0; k < kClasses; ++k) {
      const Mask rest = longer & below(all(64 * std::uint64_t{k + 1}), size);
      const auto which = static_cast<Mask>(longer & ~rest);
      if (which != 0) {
        add(asides_[k], which, i, from, size);
        if (asides_[k].count >= Aside::kEnough) work_off(k);
      }
      longer = rest;
      if (longer == 0) return;
    }
    for (unsigned rest = longer; rest != 0; rest &= rest - 1) {
      const std::int64_t token = i + std::countr_zero(rest);
      out_[token] = args_.id_of<Id>(fingerprint64_of_long(token_at<Offset>(args_, token)));
    }
  }

  /// Hashes whole groups of a class; fewer than eight tokens remain.
  SEQFEAT_AVX512 [[gnu::noinline]] void work_off(std::size_t k) {
    const Constants c = constants();
    Aside& aside = asides_[k];
    std::int64_t i = 0;
    for (; i + kLanes <= aside.count; i += kLanes) {
      const std::int64_t* from = aside.from.data() + i;
      const std::int64_t* token = aside.token.data() + i;
      const Lanes size = load(aside.size.data() + i);
      Eight last;
      store(last.data(), load(from) + size - (k == 0 ? c.word_bits : c.dword_bits));
      const Lanes hash =
          k == 0 ? hash_33_to_64(c, bytes_, from, last.data(), size)
                 : hash_long(c, bytes_, from, last.data(), size, static_cast<std::int64_t>(k));
      Eight ids;
      store(ids.data(), modulo_ ? buckets_(hash) : hash);
      for (std::size_t lane = 0; lane < ids.size(); ++lane) {
        out_[token[lane]] = static_cast<Id>(ids[lane]);
      }
    }
    remove_front(aside, i);
  }

  const detail::HashArgs& args_;
  const unsigned char* bytes_;
  const Offset* offsets_;
  Id* out_;
  bool modulo_;
  Modulo buckets_;
  Lanes limit_;
  std::array<Aside, kClasses> asides_;
};

template <class Id>
SEQFEAT_AVX512 void hash_strings(const detail::HashArgs& args, std::int64_t begin,
                                 std::int64_t end) {
  if (args.byte_offsets.wide) {
    Strings<std::int64_t, Id>(args).run(begin, end);
  } else {
    Strings<std::int32_t, Id>(args).run(begin, end);
  }
}

}  // namespace

SEQFEAT_AVX512 void hash_strings_avx512(const detail::HashArgs& args, std::int64_t begin,
                                        std::int64_t end) {
  if (end - begin < kLanes) return hash_range_scalar(args, begin, end);  // not worth the set-up
  if (args.wide) {
    hash_strings<std::int64_t>(args, begin, end);
  } else {
    hash_strings<std::int32_t>(args, begin, end);
  }
}

}  // namespace seqfeat::cpu
#endif
