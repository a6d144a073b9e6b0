// SPDX-License-Identifier: Apache-2.0
// Arithmetic of integers. Results wrap around, so it is done on unsigned words wherever the sign
// makes no difference.
#include <algorithm>

#include "ops/table.hpp"

namespace ptx {
namespace {

// What int is wide enough for is computed in unsigned, so that no product of 16-bit values
// overflows.
template <class T>
using Wide = std::common_type_t<T, unsigned>;

// An integer of twice the bytes.
template <std::size_t kBytes>
struct Twice;
template <>
struct Twice<2> {
  using Signed = std::int32_t;
  using Unsigned = std::uint32_t;
};
template <>
struct Twice<4> {
  using Signed = std::int64_t;
  using Unsigned = std::uint64_t;
};
template <>
struct Twice<8> {
  using Signed = __int128;
  using Unsigned = unsigned __int128;  // std::make_unsigned_t knows it in GNU's dialect alone
};

template <class T>
T high_product(T a, T b) {
  using Words = Twice<sizeof(T)>;
  using Double =
      std::conditional_t<std::is_signed_v<T>, typename Words::Signed, typename Words::Unsigned>;
  return static_cast<T>((Double{a} * Double{b}) >> (sizeof(T) * 8));
}

template <class Unsigned>
void add_either_sign(Table& table, const std::string& type) {
  using U = Unsigned;
  table.add("add." + type, lanewise<U, U, U>([](U a, U b) { return static_cast<U>(a + b); }));
  table.add("sub." + type, lanewise<U, U, U>([](U a, U b) { return static_cast<U>(a - b); }));
  const auto multiply = [](U a, U b) { return static_cast<U>(Wide<U>{a} * Wide<U>{b}); };
  table.add("mul.lo." + type, lanewise<U, U, U>(multiply));
  table.add("mad.lo." + type, lanewise<U, U, U, U>([](U a, U b, U c) {
              return static_cast<U>(Wide<U>{a} * Wide<U>{b} + c);
            }));
}

template <class T>
void add_one_sign(Table& table, const std::string& type) {
  table.add("min." + type, lanewise<T, T, T>([](T a, T b) { return std::min(a, b); }));
  table.add("max." + type, lanewise<T, T, T>([](T a, T b) { return std::max(a, b); }));
  table.add("mul.hi." + type, lanewise<T, T, T>([](T a, T b) { return high_product(a, b); }));
}

template <class T, class Product>
void add_wide(Table& table, const std::string& type) {
  table.add("mul.wide." + type, lanewise<Product, T, T>([](T a, T b) {
              return static_cast<Product>(Product{a} * Product{b});
            }));
  table.add(
      "mad.wide." + type, lanewise<Product, T, T, Product>([](T a, T b, Product c) {
        using U = std::make_unsigned_t<Product>;
        return static_cast<Product>(static_cast<U>(Product{a} * Product{b}) + static_cast<U>(c));
      }));
}

template <class Signed>
void add_signed(Table& table, const std::string& type) {
  using U = std::make_unsigned_t<Signed>;
  table.add("neg." + type, lanewise<U, U>([](U a) { return static_cast<U>(0U - a); }));
  table.add("abs." + type, lanewise<U, U>([](U a) {
              return static_cast<Signed>(a) < 0 ? static_cast<U>(0U - a) : a;
            }));
}

}  // namespace

void add_integer(Table& table) {
  add_either_sign<std::uint16_t>(table, "u16");
  add_either_sign<std::uint16_t>(table, "s16");
  add_either_sign<std::uint32_t>(table, "u32");
  add_either_sign<std::uint32_t>(table, "s32");
  add_either_sign<std::uint64_t>(table, "u64");
  add_either_sign<std::uint64_t>(table, "s64");

  add_one_sign<std::uint16_t>(table, "u16");
  add_one_sign<std::int16_t>(table, "s16");
  add_one_sign<std::uint32_t>(table, "u32");
  add_one_sign<std::int32_t>(table, "s32");
  add_one_sign<std::uint64_t>(table, "u64");
  add_one_sign<std::int64_t>(table, "s64");

  add_wide<std::uint16_t, std::uint32_t>(table, "u16");
  add_wide<std::int16_t, std::int32_t>(table, "s16");
  add_wide<std::uint32_t, std::uint64_t>(table, "u32");
  add_wide<std::int32_t, std::int64_t>(table, "s32");

  add_signed<std::int16_t>(table, "s16");
  add_signed<std::int32_t>(table, "s32");
  add_signed<std::int64_t>(table, "s64");
}

}  // namespace ptx
