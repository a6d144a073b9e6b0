// SPDX-License-Identifier: Apache-2.0
// Copies between registers: whole ones, the parts of one, their bytes, and addresses between
// spaces.
#include "ops/table.hpp"

namespace ptx {
namespace {

template <class T>
void add_mov(Table& table, std::initializer_list<const char*> types) {
  for (const char* const type : types) {
    table.add(std::string("mov.") + type, lanewise<T, T>([](T a) { return a; }));
  }
}

void unpack(Warp& warp, const Instruction& in, Lanes active) {
  const unsigned bits = in.to[0].width * 8U;
  for_each_lane(active, [&](unsigned lane) {
    std::uint64_t value = warp.read(in.from[0], lane);
    for (std::size_t part = 0; part < in.count; ++part, value >>= bits) {
      warp.write(in.to[part], lane, value);
    }
  });
}

void pack(Warp& warp, const Instruction& in, Lanes active) {
  const unsigned bits = in.from[0].width * 8U;
  for_each_lane(active, [&](unsigned lane) {
    std::uint64_t value = 0;
    for (std::size_t part = in.count; part-- > 0;) {
      value = value << bits | warp.read(in.from[part], lane);
    }
    warp.write(in.to[0], lane, value);
  });
}

// mov.b64 {a, b}, c; mov.b64 c, {a, b}; the parts fill the whole.
void build_parts(Assembler& assembler, const Statement& statement, Instruction& in) {
  const bool known = statement.opcode == "mov.b32" || statement.opcode == "mov.b64";
  const auto is_vector = [](const Operand& operand) {
    return operand.kind == Operand::Kind::vector;
  };
  if (!known || statement.operands.size() != 2 ||
      is_vector(statement.operands[0]) == is_vector(statement.operands[1])) {
    assembler.refuse("the interpreter does not know this form of mov");
  }
  const std::uint8_t width = statement.opcode == "mov.b32" ? 4 : 8;
  const bool unpacks = is_vector(statement.operands[0]);
  const std::vector<Operand>& parts = statement.operands[unpacks ? 0 : 1].parts;
  if (parts.size() != 2 && (parts.size() != 4 || width != 8)) {
    assembler.refuse("expected 2 parts, or 4 of 16 bits");
  }
  in.count = static_cast<std::uint8_t>(parts.size());
  const Slot part{static_cast<std::uint8_t>(width / in.count), false, false};
  const Slot whole{width, false, false};
  in.execute = unpacks ? unpack : pack;
  if (unpacks) {
    in.from[0] = assembler.source(statement.operands[1], whole);
  } else {
    in.to[0] = assembler.target(statement.operands[0], whole);
  }
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (unpacks) {
      in.to[i] = assembler.target(parts[i], part);
    } else {
      in.from[i] = assembler.source(parts[i], part);
    }
  }
}

using U = std::uint32_t;

/// Four bytes of {b, a}, chosen by the nibbles of `control` from the lowest on.
U permute(U a, U b, U control) {
  const std::uint64_t bytes = std::uint64_t{b} << 32 | a;
  U result = 0;
  for (unsigned i = 0; i < 4; ++i) {
    const U choice = control >> 4 * i & 15;
    const auto byte = static_cast<U>(bytes >> 8 * (choice & 7) & 255);
    const U sign = (byte & 128) != 0 ? 255U : 0U;
    result |= ((choice & 8) != 0 ? sign : byte) << 8 * i;
  }
  return result;
}

// The modes choose by the low two bits of c among four permutations.
template <U k0, U k1, U k2, U k3>
void add_mode(Table& table, const std::string& mode) {
  table.add("prmt.b32." + mode, lanewise<U, U, U, U>([](U a, U b, U c) {
              constexpr std::array<U, 4> kControls{k0, k1, k2, k3};
              return permute(a, b, kControls[c & 3]);
            }));
}

template <Space kSpace>
void add_cvta(Table& table, const std::string& space) {
  using A = std::uint64_t;
  table.add("cvta." + space + ".u64", lanewise<A, A>([](A a) { return a + window(kSpace); }));
  table.add("cvta.to." + space + ".u64", lanewise<A, A>([](A a) { return a - window(kSpace); }));
}

}  // namespace

void add_move(Table& table) {
  add_mov<std::uint16_t>(table, {"b16", "u16", "s16"});
  add_mov<std::uint32_t>(table, {"b32", "u32", "s32"});
  add_mov<std::uint64_t>(table, {"b64", "u64", "s64"});
  add_mov<float>(table, {"f32"});
  add_mov<bool>(table, {"pred"});
  table.add_family("mov", build_parts);

  table.add("prmt.b32", lanewise<U, U, U, U>([](U a, U b, U c) { return permute(a, b, c); }));
  add_mode<0x3210, 0x4321, 0x5432, 0x6543>(table, "f4e");
  add_mode<0x5670, 0x6701, 0x7012, 0x0123>(table, "b4e");
  add_mode<0x0000, 0x1111, 0x2222, 0x3333>(table, "rc8");
  add_mode<0x3210, 0x3211, 0x3222, 0x3333>(table, "ecl");
  add_mode<0x0000, 0x1110, 0x2210, 0x3210>(table, "ecr");
  add_mode<0x1010, 0x3232, 0x1010, 0x3232>(table, "rc16");

  add_cvta<Space::global>(table, "global");
  add_cvta<Space::constant>(table, "const");
  add_cvta<Space::shared>(table, "shared");
  add_cvta<Space::local>(table, "local");
  add_cvta<Space::param>(table, "param");
}

}  // namespace ptx
