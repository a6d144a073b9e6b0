// SPDX-License-Identifier: Apache-2.0
#if defined(__x86_64__)
#include <algorithm>
#include <bit>

#include "cpu/aside_avx512.hpp"
#include "cpu/groups_avx512.hpp"
#include "cpu/hash_paths.hpp"

// Tokens go eight at a time through one merged body for sizes up to 32. Longer ones are put on
// lists by class and worked off afterwards, so that no branch depends on a single token's size.
// Runs of tokens of one class, as columns of a fixed length are, go through a body of their own.

namespace seqfeat::cpu {
namespace {

using namespace avx512;

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
    std::int64_t i = begin;
    if (args_.bytes >= 16) {
      while (i + kLanes <= end) {
        const std::int64_t stop = std::min(end, i + kTrial);
        i = run_mixed(run_one_class(i, stop), stop);
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
  /// So often it is tried whether what comes next is of one class: for mixed tokens the trial and
  /// the branch that it mispredicts cost less than a hundredth.
  static constexpr std::int64_t kTrial = 4096;

  /// Hashes tokens from `i` on while they are of the class of the first. Returns where it stopped.
  [[nodiscard]] std::int64_t run_one_class(std::int64_t i, std::int64_t stop) const {
    const auto size =
        static_cast<std::uint64_t>(offsets_[i + 1]) - static_cast<std::uint64_t>(offsets_[i]);
    if (size < 4 || size > 32) return i;
    if (size < 8) return run_class<Class::from_4_to_7>(i, stop);
    if (size <= 16) return run_class<Class::from_8_to_16>(i, stop);
    return run_class<Class::from_17_to_32>(i, stop);
  }

  template <Class kOne>
  [[nodiscard]] SEQFEAT_AVX512 [[gnu::noinline]] std::int64_t run_class(std::int64_t i,
                                                                        std::int64_t stop) const {
    constexpr Sizes kSizes = sizes_of(kOne);
    const Constants c = constants();
    const Lanes limit = limit_;
    const Lanes room = kept(static_cast<std::uint64_t>(args_.bytes - 16));
    const Lanes least = kept(kSizes.least);
    const Lanes width = kept(kSizes.most - kSizes.least);
    const Modulo buckets = buckets_;
    for (; i + kLanes <= stop; i += kLanes) {
      const Lanes from = load_offsets(offsets_ + i);
      const Lanes to = load_offsets(offsets_ + i + 1);
      const Lanes size = to - from;
      // Unsigned, so that negative offsets and sizes are too large.
      if ((below(room, from) | below(limit, to) | below(width, size - least)) != 0) break;
      const Lanes hash = hash_class<kOne>(c, bytes_, offsets_ + i, offsets_ + i + 1, size);
      store(out_ + i, Mask{0xff}, modulo_ ? buckets(hash) : hash);
    }
    return i;
  }

  /// Hashes tokens of any sizes from `i` on, as long as eight are left. Returns where it stopped.
  [[nodiscard]] SEQFEAT_AVX512 [[gnu::noinline]] std::int64_t run_mixed(std::int64_t i,
                                                                        std::int64_t stop) {
    const Constants c = constants();
    const Lanes limit = limit_;
    const Lanes room = kept(static_cast<std::uint64_t>(args_.bytes - 16));
    for (; i + kLanes <= stop; i += kLanes) {
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
    return i;
  }

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
