// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <bit>

#include "cpu/hash_paths.hpp"
#include "seqfeat/hash.hpp"

// Tokens one at a time, for any machine. Two cures for mispredicted sizes were measured and left
// out: one merged body with selects, as the vectors have, takes twice the time, for its chain of
// dependent steps is long; sorting a block by class wins a fifth on fresh tokens and loses a
// quarter where the predictor has learned them.

namespace seqfeat::cpu {
namespace {

constexpr std::uint64_t kZeros = 0x3030303030303030;

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

/// Eight digits of `v` < 10^8: four_digits of both halves side by side.
std::uint64_t eight_digits(std::uint32_t v) noexcept {
  const std::uint64_t hi = (std::uint64_t{v} * 3518437209) >> 45;  // v / 10^4
  const std::uint64_t fours = hi | ((v - hi * 10000) << 32);
  const std::uint64_t hundreds = ((fours * 10486) >> 20) & 0x0000007f0000007f;  // each / 100
  const std::uint64_t twos = hundreds | ((fours - hundreds * 100) << 16);
  const std::uint64_t tens = ((twos * 103) >> 10) & 0x000f000f000f000f;  // each / 10
  return (tens | ((twos - tens * 10) << 8)) + kZeros;
}

/// A decimal text of at most 20 characters that ends where the 24 of three registers end.
struct Text {
  std::uint64_t low, middle, high;
  std::int64_t skip;

  [[nodiscard]] std::uint64_t at(std::int64_t i) const noexcept {
    const bool upper = i >= 8;
    const std::uint64_t a = upper ? middle : low;
    const std::uint64_t b = upper ? high : middle;
    const int bits = static_cast<int>(i & 7) * 8;
    // Two shifts, for a shift by 64 has no meaning.
    return i >= 16 ? high >> bits : a >> bits | b << 1 << (63 - bits);
  }
  [[nodiscard]] std::uint64_t first() const noexcept { return at(skip); }
  [[nodiscard]] std::uint64_t second() const noexcept { return at(skip + 8); }
  [[nodiscard]] std::uint64_t third() const noexcept { return middle; }
  [[nodiscard]] std::uint64_t last() const noexcept { return skip <= 16 ? high : high >> 32; }
};

/// fingerprint64_of_integer with eight digits a register, which is what 64-bit machines are fast
/// at.
std::uint64_t hash_integer(std::int64_t bits, DType dtype) noexcept {
  constexpr FastModulo by_1e8(100000000);
  const bool negative = bits < 0 && dtype != DType::uint64;
  const auto magnitude = static_cast<std::uint64_t>(bits);
  const auto [upper, low] = by_1e8.divide(negative ? 0 - magnitude : magnitude);
  const auto [high, middle] = by_1e8.divide(upper);
  std::array<std::uint64_t, 3> words = {eight_digits(static_cast<std::uint32_t>(high)),
                                        eight_digits(static_cast<std::uint32_t>(middle)),
                                        eight_digits(static_cast<std::uint32_t>(low))};
  const std::size_t leading = high != 0 ? 0 : upper != 0 ? 1 : 2;
  // The first digit that is not 0, or the last one.
  const std::uint64_t digits = (words[leading] ^ kZeros) | std::uint64_t{1} << 56;
  std::int64_t skip = 8 * static_cast<std::int64_t>(leading) + std::countr_zero(digits) / 8;
  if (negative) {
    --skip;
    words[static_cast<std::size_t>(skip / 8)] ^= std::uint64_t{'0' ^ '-'} << (8 * (skip % 8));
  }
  return farm::hash_0_to_32(Text{words[0], words[1], words[2], skip},
                            static_cast<std::uint32_t>(24 - skip));
}

template <class Id>
void hash_integers(const detail::HashArgs& args, std::int64_t begin, std::int64_t end) noexcept {
  for (std::int64_t i = begin; i < end; ++i) {
    const std::int64_t bits = integer_at(args.data, args.dtype, i);
    static_cast<Id*>(args.out)[i] = args.id_of<Id>(hash_integer(bits, args.dtype));
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
