// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include "backend/simd.hpp"
#include "cpu/hash_paths.hpp"
#include "seqfeat/hash.hpp"

// For any machine. Strings one at a time: two cures for mispredicted sizes were measured and left
// out. One merged body with selects, as the vectors have, takes twice the time, for its chain of
// dependent steps is long; sorting a block by class wins a fifth on fresh tokens and loses a
// quarter where the predictor has learned them. Integers, whose texts have to be made anyway, are
// sorted.

namespace seqfeat::cpu {
namespace {

template <class Offset, class Id>
void hash_strings(const detail::HashArgs& shared, std::int64_t begin, std::int64_t end) noexcept {
  const detail::HashArgs args = shared;  // its own, for ids may not be taken for changing it
  auto* const out = static_cast<Id*>(args.out);
  for (std::int64_t i = begin; i < end; ++i) {
    const TokenBytes t = token_at<Offset>(args, i);
    const MemoryBytes bytes(t.data);
    const std::uint64_t hash = t.size <= 16   ? farm::hash_0_to_16(bytes, t.size)
                               : t.size <= 32 ? farm::hash_17_to_32(bytes, t.size)
                                              : fingerprint64_of_long(t);
    out[i] = args.id_of<Id>(hash);
  }
}

constexpr std::uint32_t kZeros = 0x30303030;
constexpr std::int64_t kBlock = 64;      // integers at a time
constexpr std::int64_t kTextBytes = 24;  // a magnitude takes 20, a sign one of the zeros in front
constexpr std::size_t kFours = kBlock * kTextBytes / 4;
using Fours = std::array<std::uint32_t, kFours>;  // numbers below 10^4, then their digits

[[gnu::always_inline]] inline void write_digits_inline(Fours& fours) noexcept {
  for (std::uint32_t& four : fours) four = four_digits(four) + kZeros;
}
#if defined(__x86_64__)
[[gnu::target("avx2")]] void write_digits_avx2(Fours& fours) noexcept {
  write_digits_inline(fours);
}
#endif
void write_digits(Fours& fours) noexcept {
#if defined(__x86_64__)
  static const bool kWide = detail::in_use(detail::Part::hashing) >= detail::Simd::avx2;
  if (kWide) return write_digits_avx2(fours);
#endif
  write_digits_inline(fours);
}

/// Digits of a number, at least one.
std::int64_t digits_of(std::uint64_t v) noexcept {
  static constexpr auto kPowers = [] {
    std::array<std::uint64_t, 20> powers{};  // 10^i, but 0 has a digit
    for (std::uint64_t i = 1, power = 10; i < powers.size(); ++i, power *= 10) powers.at(i) = power;
    return powers;
  }();
  const auto bits = static_cast<std::size_t>(std::bit_width(v));
  const std::size_t least = bits * 1233 >> 12;  // bits * log10(2), rounded down
  return static_cast<std::int64_t>(least + (v >= kPowers[least] ? 1 : 0));
}

/// The decimal texts of a block of integers, by the class of their sizes, which is what hashing
/// branches on: the sizes of integers can hardly be predicted, one class after the other can.
class DecimalTexts {
 public:
  struct Place {
    std::uint8_t index, size;
  };
  static constexpr std::size_t kClasses = 4;  // below 4 bytes, 8, 17, and the rest

  void clear() noexcept {
    counts_ = {};
    negatives_ = 0;
  }
  void add(std::int64_t index, std::int64_t bits, bool is_signed) noexcept {
    constexpr FastModulo by_1e8(100000000);
    const bool negative = is_signed && bits < 0;
    const std::uint64_t magnitude =
        negative ? 0 - static_cast<std::uint64_t>(bits) : static_cast<std::uint64_t>(bits);
    const auto [upper, low] = by_1e8.divide(magnitude);
    const auto [high, middle] = by_1e8.divide(upper);
    std::uint32_t* const fours = fours_.data() + index * kTextBytes / 4;
    put_eight(fours, high);
    put_eight(fours + 2, middle);
    put_eight(fours + 4, low);
    const std::int64_t size = digits_of(magnitude) + (negative ? 1 : 0);
    const Place place{static_cast<std::uint8_t>(index), static_cast<std::uint8_t>(size)};
    const std::size_t c = std::size_t{size >= 4} + std::size_t{size >= 8} + std::size_t{size > 16};
    places_[c][counts_[c]++] = place;
    signs_[negatives_] = place;
    if (negative) ++negatives_;
  }
  /// To be called when all have been added.
  void write() noexcept {
    write_digits(fours_);
    for (std::size_t i = 0; i < negatives_; ++i) {
      const char sign = '-';
      std::memcpy(begin_of(signs_[i]), &sign, 1);
    }
  }
  template <class Use>
  void for_each(const Use& use) noexcept {
    for (std::size_t c = 0; c < kClasses; ++c) {
      for (std::size_t i = 0; i < counts_[c]; ++i) {
        const Place place = places_[c][i];
        use(place.index, MemoryBytes(begin_of(place)), place.size);
      }
    }
  }

 private:
  /// A number below 10^8 as two below 10^4.
  static void put_eight(std::uint32_t* to, std::uint64_t eight) noexcept {
    const std::uint64_t first = (eight * 3518437209) >> 45;  // eight / 10^4
    to[0] = static_cast<std::uint32_t>(first);
    to[1] = static_cast<std::uint32_t>(eight - first * 10000);
  }
  [[nodiscard]] unsigned char* begin_of(Place place) noexcept {
    return reinterpret_cast<unsigned char*>(fours_.data()) + (place.index + 1) * kTextBytes -
           place.size;
  }

  Fours fours_{};
  std::array<std::array<Place, kBlock>, kClasses> places_{};
  std::array<Place, kBlock> signs_{};
  std::array<std::uint8_t, kClasses> counts_{};
  std::uint8_t negatives_ = 0;
};

template <class Id>
[[gnu::flatten]] void hash_integers(const detail::HashArgs& shared, std::int64_t begin,
                                    std::int64_t end) noexcept {
  const detail::HashArgs args = shared;  // its own, for ids may not be taken for changing it
  auto* out = static_cast<Id*>(args.out) + begin;
  const bool is_signed = args.dtype != DType::uint64;
  DecimalTexts texts;
  for (std::int64_t first = begin; first < end; first += kBlock, out += kBlock) {
    texts.clear();
    for (std::int64_t i = 0; i < std::min(kBlock, end - first); ++i) {
      texts.add(i, integer_at(args.data, args.dtype, first + i), is_signed);
    }
    texts.write();
    texts.for_each([&](std::uint8_t index, MemoryBytes text, std::int64_t size) {
      out[index] = args.id_of<Id>(size > 16 ? farm::hash_17_to_32(text, size)
                                            : farm::hash_0_to_16(text, size));
    });
  }
}

}  // namespace

// Flattened, for the state of the long class is to live in registers.
[[gnu::flatten, gnu::noinline]] std::uint64_t fingerprint64_of_long(TokenBytes token) noexcept {
  const MemoryBytes bytes(token.data);
  return farm::hash_over_32(bytes, token.size);
}

void hash_range_scalar(const detail::HashArgs& args, std::int64_t begin, std::int64_t end) {
  with_id_type(args, [&](auto id) {
    using Id = decltype(id);
    if (is_integer(args.dtype)) {
      hash_integers<Id>(args, begin, end);
    } else if (args.byte_offsets.wide) {
      hash_strings<std::int64_t, Id>(args, begin, end);
    } else {
      hash_strings<std::int32_t, Id>(args, begin, end);
    }
  });
}

}  // namespace seqfeat::cpu
