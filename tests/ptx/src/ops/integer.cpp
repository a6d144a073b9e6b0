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

// An integer of the same sign and twice the bytes.
template <class T>
struct Twice;
template <>
struct Twice<std::uint16_t> {
  using type = std::uint32_t;
};
template <>
struct Twice<std::int16_t> {
  using type = std::int32_t;
};
template <>
struct Twice<std::uint32_t> {
  using type = std::uint64_t;
};
template <>
struct Twice<std::int32_t> {
  using type = std::int64_t;
};
template <>
struct Twice<std::uint64_t> {
  __extension__ using type = unsigned __int128;
};
template <>
struct Twice<std::int64_t> {
  __extension__ using type = __int128;
};

template <class T>
T high_product(T a, T b) {
  using Double = typename Twice<T>::type;
  return static_cast<T>((Double{a} * Double{b}) >> (sizeof(T) * 8));
}

// The manual leaves the result of a division by zero open, so no kernel may need it. The least
// number divided by -1 wraps around.
template <class T, bool kRemainder>
void divide(Warp& warp, const Instruction& in, Lanes active) {
  for_each_lane(active, [&](unsigned lane) {
    const auto a = static_cast<T>(warp.read(in.from[0], lane));
    const auto b = static_cast<T>(warp.read(in.from[1], lane));
    if (b == 0) {
      warp.fault(in, lane, "divides by zero, which has no defined result; expected another number");
    }
    T result = 0;
    if (std::is_signed_v<T> && b == static_cast<T>(-1)) {
      result = kRemainder ? T{0} : static_cast<T>(std::uint64_t{0} - static_cast<std::uint64_t>(a));
    } else {
      result = static_cast<T>(kRemainder ? a % b : a / b);
    }
    warp.write(in.to[0], lane, static_cast<std::uint64_t>(result));
  });
}

template <class T>
void add_division(Table& table, const std::string& type) {
  const Slot slot = slot_of<T>();
  table.add("div." + type, {divide<T, false>, slot, {slot, slot}});
  table.add("rem." + type, {divide<T, true>, slot, {slot, slot}});
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
  add_division<T>(table, type);
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
