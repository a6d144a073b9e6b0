// SPDX-License-Identifier: Apache-2.0
// Comparisons into a predicate, and the choice between two values by one.
#include "ops/table.hpp"

namespace ptx {
namespace {

template <class T, class F>
void add_setp(Table& table, const std::string& name, const std::string& type, F compare) {
  table.add("setp." + name + "." + type, lanewise<bool, T, T>(compare));
}

template <class T>
void add_equal(Table& table, const std::string& type) {
  add_setp<T>(table, "eq", type, [](T a, T b) { return a == b; });
  add_setp<T>(table, "ne", type, [](T a, T b) { return a != b; });
}

// Signed integers and floats use lt to ge, unsigned ones lo to hs as well.
template <class T>
void add_order(Table& table, const std::string& type, std::array<const char*, 4> names) {
  add_setp<T>(table, names[0], type, [](T a, T b) { return a < b; });
  add_setp<T>(table, names[1], type, [](T a, T b) { return a <= b; });
  add_setp<T>(table, names[2], type, [](T a, T b) { return a > b; });
  add_setp<T>(table, names[3], type, [](T a, T b) { return a >= b; });
}

constexpr std::array<const char*, 4> kOrder{"lt", "le", "gt", "ge"};
constexpr std::array<const char*, 4> kUnsignedOrder{"lo", "ls", "hi", "hs"};

template <class Unsigned>
void add_integers(Table& table, const std::string& bits) {
  using Signed = std::make_signed_t<Unsigned>;
  add_equal<Unsigned>(table, "b" + bits);
  add_equal<Unsigned>(table, "u" + bits);
  add_equal<Signed>(table, "s" + bits);
  add_order<Unsigned>(table, "u" + bits, kOrder);
  add_order<Unsigned>(table, "u" + bits, kUnsignedOrder);
  add_order<Signed>(table, "s" + bits, kOrder);
}

bool unordered(float a, float b) {
  return a != a || b != b;
}

// A plain comparison with a NaN is false, even `ne`; the ones that end in u are true then.
void add_floats(Table& table) {
  using F = float;
  const std::string type = "f32";
  add_order<F>(table, type, kOrder);
  add_setp<F>(table, "eq", type, [](F a, F b) { return a == b; });
  add_setp<F>(table, "ne", type, [](F a, F b) { return a < b || a > b; });
  add_setp<F>(table, "equ", type, [](F a, F b) { return unordered(a, b) || a == b; });
  add_setp<F>(table, "neu", type, [](F a, F b) { return a != b; });
  add_setp<F>(table, "ltu", type, [](F a, F b) { return !(a >= b); });
  add_setp<F>(table, "leu", type, [](F a, F b) { return !(a > b); });
  add_setp<F>(table, "gtu", type, [](F a, F b) { return !(a <= b); });
  add_setp<F>(table, "geu", type, [](F a, F b) { return !(a < b); });
  add_setp<F>(table, "num", type, [](F a, F b) { return !unordered(a, b); });
  add_setp<F>(table, "nan", type, [](F a, F b) { return unordered(a, b); });
}

template <class T>
void add_selp(Table& table, std::initializer_list<const char*> types) {
  for (const char* const type : types) {
    table.add(std::string("selp.") + type,
              lanewise<T, T, T, bool>([](T a, T b, bool first) { return first ? a : b; }));
  }
}

}  // namespace

void add_compare(Table& table) {
  add_integers<std::uint16_t>(table, "16");
  add_integers<std::uint32_t>(table, "32");
  add_integers<std::uint64_t>(table, "64");
  add_floats(table);
  add_selp<std::uint16_t>(table, {"b16", "u16", "s16"});
  add_selp<std::uint32_t>(table, {"b32", "u32", "s32"});
  add_selp<std::uint64_t>(table, {"b64", "u64", "s64"});
  add_selp<float>(table, {"f32"});
}

}  // namespace ptx
