// SPDX-License-Identifier: Apache-2.0
// Logic, shifts, and instructions on the bits of a word.
#include <algorithm>
#include <bit>

#include "ops/table.hpp"

namespace ptx {
namespace {

template <class U>
constexpr std::uint32_t kBits = sizeof(U) * 8;

template <class U>
void add_logic(Table& table, const std::string& type) {
  table.add("and." + type, lanewise<U, U, U>([](U a, U b) { return static_cast<U>(a & b); }));
  table.add("or." + type, lanewise<U, U, U>([](U a, U b) { return static_cast<U>(a | b); }));
  table.add("xor." + type, lanewise<U, U, U>([](U a, U b) { return static_cast<U>(a ^ b); }));
  if constexpr (std::is_same_v<U, bool>) {
    table.add("not." + type, lanewise<U, U>([](U a) { return !a; }));
  } else {
    table.add("not." + type, lanewise<U, U>([](U a) { return static_cast<U>(~a); }));
  }
}

// An amount beyond the width counts as the width.
template <class T>
T shift_right(T a, std::uint32_t amount) {
  if (amount < kBits<T>) {
    return static_cast<T>(a >> amount);
  }
  return a < 0 ? static_cast<T>(-1) : T{0};
}

template <class T>
void add_shift_right(Table& table, const std::string& type) {
  table.add("shr." + type, lanewise<T, T, std::uint32_t>(
                               [](T a, std::uint32_t amount) { return shift_right(a, amount); }));
}

template <class U>
void add_shift_left(Table& table, const std::string& type) {
  table.add("shl." + type, lanewise<U, U, std::uint32_t>([](U a, std::uint32_t amount) {
              return amount < kBits<U> ? static_cast<U>(a << amount) : U{0};
            }));
}

std::uint32_t funnel_left(std::uint32_t low, std::uint32_t high, std::uint32_t amount) {
  return static_cast<std::uint32_t>((std::uint64_t{high} << 32 | low) << amount >> 32);
}

std::uint32_t funnel_right(std::uint32_t low, std::uint32_t high, std::uint32_t amount) {
  return static_cast<std::uint32_t>((std::uint64_t{high} << 32 | low) >> amount);
}

void add_funnel(Table& table) {
  using U = std::uint32_t;
  table.add("shf.l.wrap.b32",
            lanewise<U, U, U, U>([](U a, U b, U c) { return funnel_left(a, b, c % 32); }));
  table.add("shf.r.wrap.b32",
            lanewise<U, U, U, U>([](U a, U b, U c) { return funnel_right(a, b, c % 32); }));
  table.add("shf.l.clamp.b32", lanewise<U, U, U, U>([](U a, U b, U c) {
              return funnel_left(a, b, std::min(c, 32U));
            }));
  table.add("shf.r.clamp.b32", lanewise<U, U, U, U>([](U a, U b, U c) {
              return funnel_right(a, b, std::min(c, 32U));
            }));
}

template <class U>
U ones(std::uint32_t count) {
  return count >= kBits<U> ? static_cast<U>(~U{0}) : static_cast<U>((U{1} << count) - 1);
}

// Position and length are their low 8 bits. A field that begins beyond the word inserts nothing.
template <class U>
U insert(U field, U into, std::uint32_t position, std::uint32_t length) {
  position &= 255;
  if (position >= kBits<U>) {
    return into;
  }
  const U mask = static_cast<U>(ones<U>(length & 255) << position);
  return static_cast<U>((into & ~mask) | (static_cast<U>(field << position) & mask));
}

// What lies beyond the word is filled with the sign bit of the field: its last bit within the word.
template <class T>
T extract(T from, std::uint32_t position, std::uint32_t length) {
  using U = std::make_unsigned_t<T>;
  position &= 255;
  length &= 255;
  if (length == 0) {
    return 0;
  }
  const std::uint32_t last = std::min(position + length, kBits<U>) - 1;
  const bool negative = std::is_signed_v<T> && (static_cast<U>(from) >> last & 1) != 0;
  const U field = position < kBits<U> ? static_cast<U>(static_cast<U>(from) >> position) : U{0};
  const U mask = position < kBits<U> ? ones<U>(std::min(length, kBits<U> - position)) : U{0};
  return static_cast<T>((field & mask) | (negative ? static_cast<U>(~mask) : U{0}));
}

// The position of the highest bit that differs from the sign, or how far it is from the top.
template <class T, bool kShiftAmount>
std::uint32_t find_bit(T a) {
  using U = std::make_unsigned_t<T>;
  const U word = static_cast<U>(a < 0 ? ~a : a);
  if (word == 0) {
    return ~std::uint32_t{0};
  }
  const auto zeros = static_cast<std::uint32_t>(std::countl_zero(word));
  return kShiftAmount ? zeros : kBits<U> - 1 - zeros;
}

template <class T>
void add_find(Table& table, const std::string& type) {
  table.add("bfind." + type, lanewise<std::uint32_t, T>([](T a) { return find_bit<T, false>(a); }));
  table.add("bfind.shiftamt." + type,
            lanewise<std::uint32_t, T>([](T a) { return find_bit<T, true>(a); }));
  table.add("bfe." + type, lanewise<T, T, std::uint32_t, std::uint32_t>(
                               [](T a, std::uint32_t position, std::uint32_t length) {
                                 return extract<T>(a, position, length);
                               }));
}

template <class U>
U reverse(U a) {
  U reversed = 0;
  for (std::uint32_t bit = 0; bit < kBits<U>; ++bit) {
    reversed = static_cast<U>(reversed << 1 | (a >> bit & 1));
  }
  return reversed;
}

template <class U>
void add_words(Table& table, const std::string& type) {
  table.add("popc." + type, lanewise<std::uint32_t, U>(
                                [](U a) { return static_cast<std::uint32_t>(std::popcount(a)); }));
  table.add("clz." + type, lanewise<std::uint32_t, U>([](U a) {
              return static_cast<std::uint32_t>(std::countl_zero(a));
            }));
  table.add("brev." + type, lanewise<U, U>([](U a) { return reverse(a); }));
  table.add("bfi." + type, lanewise<U, U, U, std::uint32_t, std::uint32_t>(
                               [](U field, U into, std::uint32_t position, std::uint32_t length) {
                                 return insert<U>(field, into, position, length);
                               }));
}

}  // namespace

void add_bits(Table& table) {
  add_logic<bool>(table, "pred");
  add_logic<std::uint16_t>(table, "b16");
  add_logic<std::uint32_t>(table, "b32");
  add_logic<std::uint64_t>(table, "b64");

  add_shift_left<std::uint16_t>(table, "b16");
  add_shift_left<std::uint32_t>(table, "b32");
  add_shift_left<std::uint64_t>(table, "b64");
  for (const char* const type : {"b16", "u16"}) {
    add_shift_right<std::uint16_t>(table, type);
  }
  for (const char* const type : {"b32", "u32"}) {
    add_shift_right<std::uint32_t>(table, type);
  }
  for (const char* const type : {"b64", "u64"}) {
    add_shift_right<std::uint64_t>(table, type);
  }
  add_shift_right<std::int16_t>(table, "s16");
  add_shift_right<std::int32_t>(table, "s32");
  add_shift_right<std::int64_t>(table, "s64");
  add_funnel(table);

  add_words<std::uint32_t>(table, "b32");
  add_words<std::uint64_t>(table, "b64");
  add_find<std::uint32_t>(table, "u32");
  add_find<std::int32_t>(table, "s32");
  add_find<std::uint64_t>(table, "u64");
  add_find<std::int64_t>(table, "s64");
}

}  // namespace ptx
