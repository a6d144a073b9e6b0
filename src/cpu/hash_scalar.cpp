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

template <class Offset>
void hash_strings(const detail::HashArgs& shared, std::int64_t begin, std::int64_t end) noexcept {
  const detail::HashArgs args = shared;  // its own, for ids may not be taken for changing it
  for (std::int64_t i = begin; i < end; ++i) {
    const TokenBytes t = token_at<Offset>(args, i);
    const MemoryBytes bytes(t.data);
    const std::uint64_t hash = t.size <= 16   ? farm::hash_0_to_16(bytes, t.size)
                               : t.size <= 32 ? farm::hash_17_to_32(bytes, t.size)
                                              : fingerprint64_of_long(t);
    args.out[i] = id_of(args, hash);
  }
}

/// A text that ends where the 24 bytes of `all` end.
struct TextBytes {
  RegisterBytes all;
  std::int64_t skip;

  [[nodiscard]] std::uint64_t dword(std::int64_t i) const noexcept { return all.dword(skip + i); }
};

/// fingerprint64_of_integer without a loop over the leading digits.
std::uint64_t hash_integer(std::int64_t bits, DType dtype) noexcept {
  constexpr FastModulo by_1e8(100000000);
  constexpr std::uint64_t kZeros = 0x3030303030303030;
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
  TextBytes text{{}, skip};
  text.all.push_front_8(words[2]);
  text.all.push_front_8(words[1]);
  text.all.push_front_8(words[0]);
  return farm::hash_0_to_32(text, 24 - skip);
}

}  // namespace

// Flattened, for the state of the long class is to live in registers.
[[gnu::flatten, gnu::noinline]] std::uint64_t fingerprint64_of_long(TokenBytes token) noexcept {
  const MemoryBytes bytes(token.data);
  return token.size <= 64 ? farm::hash_33_to_64(bytes, token.size)
                          : farm::hash_long(bytes, token.size);
}

void hash_range_scalar(const detail::HashArgs& args, std::int64_t begin, std::int64_t end) {
  if (is_integer(args.dtype)) {
    for (std::int64_t i = begin; i < end; ++i) {
      args.out[i] = id_of(args, hash_integer(integer_at(args.data, args.dtype, i), args.dtype));
    }
  } else if (args.byte_offsets.wide) {
    hash_strings<std::int64_t>(args, begin, end);
  } else {
    hash_strings<std::int32_t>(args, begin, end);
  }
}

}  // namespace seqfeat::cpu
