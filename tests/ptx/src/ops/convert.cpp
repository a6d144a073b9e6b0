// SPDX-License-Identifier: Apache-2.0
// Conversions between integers, between integers and f32, and of f64 to f32. Those of 16-bit floats
// are in half.cpp.
#include <bit>
#include <cmath>
#include <limits>

#include "ops/table.hpp"

namespace ptx {
namespace {

// Registers may be wider than the types. The value is then the low bits of the source, and the
// result fills the target with zeros or with its sign.
template <class To, class From>
void convert(Warp& warp, const Instruction& in, Lanes active) {
  for_each_lane(active, [&](unsigned lane) {
    const auto value = static_cast<To>(static_cast<From>(warp.read(in.from[0], lane)));
    using Extended = std::conditional_t<std::is_signed_v<To>, std::int64_t, std::uint64_t>;
    warp.write(in.to[0], lane, static_cast<std::uint64_t>(static_cast<Extended>(value)));
  });
}

template <class To, class From>
void bind(Assembler& assembler, const Statement& statement, Instruction& in) {
  in.to[0] = assembler.target(statement.operands[0], {sizeof(To), false, true});
  in.from[0] = assembler.source(statement.operands[1], {sizeof(From), false, true});
  in.execute = &convert<To, From>;
  if constexpr (sizeof(To) > 1 && sizeof(From) > 1) {
    if (in.to[0].width == sizeof(To) && in.from[0].width == sizeof(From)) {
      in.execute = lanewise<To, From>([](From value) { return static_cast<To>(value); }).execute;
    }
  }
}

template <class Use>
bool with_type(std::string_view type, Use use) {
  if (type == "u8") {
    use(std::uint8_t{});
  } else if (type == "s8") {
    use(std::int8_t{});
  } else if (type == "u16") {
    use(std::uint16_t{});
  } else if (type == "s16") {
    use(std::int16_t{});
  } else if (type == "u32") {
    use(std::uint32_t{});
  } else if (type == "s32") {
    use(std::int32_t{});
  } else if (type == "u64") {
    use(std::uint64_t{});
  } else if (type == "s64") {
    use(std::int64_t{});
  } else {
    return false;
  }
  return true;
}

void build_integer(Assembler& assembler, const Statement& statement, Instruction& in) {
  Modifiers modifiers(statement.opcode);
  const std::string_view to = modifiers.take();
  const std::string_view from = modifiers.take();
  bool known = modifiers.done() && statement.operands.size() == 2;
  known = known && with_type(to, [&](auto target) {
            known = with_type(from, [&](auto source) {
              bind<decltype(target), decltype(source)>(assembler, statement, in);
            });
          });
  if (!known) {
    assembler.refuse("the interpreter does not know " + std::string(statement.opcode));
  }
}

// Out of range, the nearest value of the type. Not a number: 0, or in 64 bits the top bit alone.
template <class To>
To round_to_zero(float value) {
  using Limits = std::numeric_limits<To>;
  if (value != value) {
    return sizeof(To) == 8 ? static_cast<To>(std::uint64_t{1} << 63) : To{0};
  }
  const float past = std::ldexp(1.0F, Limits::digits);
  if (value >= past) {
    return Limits::max();
  }
  if (value < static_cast<float>(Limits::min())) {
    return Limits::min();
  }
  return static_cast<To>(value);
}

template <class T>
void add_float(Table& table, const std::string& type) {
  table.add("cvt.rn.f32." + type,
            lanewise<float, T>([](T value) { return static_cast<float>(value); }));
  table.add("cvt.rzi." + type + ".f32",
            lanewise<T, float>([](float value) { return round_to_zero<T>(value); }));
}

}  // namespace

void add_convert(Table& table) {
  table.add_family("cvt", build_integer);
  table.add("cvt.rn.f32.f64", lanewise<float, double>([](double value) {
              const float rounded = static_cast<float>(value);
              return value == value ? rounded : std::bit_cast<float>(0x7fffffffU);
            }));
  add_float<std::uint32_t>(table, "u32");
  add_float<std::int32_t>(table, "s32");
  add_float<std::uint64_t>(table, "u64");
  add_float<std::int64_t>(table, "s64");
}

}  // namespace ptx
