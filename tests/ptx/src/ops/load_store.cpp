// SPDX-License-Identifier: Apache-2.0
// Loads and stores. Cache hints change no result and are accepted by name.
#include <cstring>

#include "ops/address.hpp"

namespace ptx {
namespace {

// A register that is wider than the type is filled with zeros, or with the sign of a signed type.
template <class T>
void load(Warp& warp, const Instruction& in, Lanes active) {
  using Extended = std::conditional_t<std::is_signed_v<T>, std::int64_t, std::uint64_t>;
  for_each_lane(active, [&](unsigned lane) {
    const std::byte* const from = bytes_at(warp, in, lane, sizeof(T) * in.count, false);
    for (std::size_t i = 0; i < in.count; ++i) {
      T value;
      std::memcpy(&value, from + i * sizeof(T), sizeof(T));
      warp.write(in.to[i], lane, static_cast<std::uint64_t>(Extended{value}));
    }
  });
}

template <class T>
void store(Warp& warp, const Instruction& in, Lanes active) {
  for_each_lane(active, [&](unsigned lane) {
    std::byte* const to = bytes_at(warp, in, lane, sizeof(T) * in.count, true);
    for (std::size_t i = 0; i < in.count; ++i) {
      const auto value = static_cast<T>(warp.read(in.from[i], lane));
      std::memcpy(to + i * sizeof(T), &value, sizeof(T));
    }
  });
}

struct Type {
  std::string_view name;
  std::uint8_t size;
  bool floating;
  Execute load;
  Execute store;
};

template <class T>
constexpr Type type(std::string_view name, bool floating = false) {
  return {name, sizeof(T), floating, &load<T>, &store<T>};
}

constexpr std::array kTypes{
    type<std::uint8_t>("b8"),         type<std::uint8_t>("u8"),         type<std::int8_t>("s8"),
    type<std::uint16_t>("b16"),       type<std::uint16_t>("u16"),       type<std::int16_t>("s16"),
    type<std::uint32_t>("b32"),       type<std::uint32_t>("u32"),       type<std::int32_t>("s32"),
    type<std::uint32_t>("f32", true), type<std::uint64_t>("b64"),       type<std::uint64_t>("u64"),
    type<std::int64_t>("s64"),        type<std::uint64_t>("f64", true),
};

void take_cache_hints(Modifiers& modifiers) {
  modifiers.accept_any({"L1::evict_normal", "L1::evict_unchanged", "L1::evict_first",
                        "L1::evict_last", "L1::no_allocate"});
  modifiers.accept_any({"L2::64B", "L2::128B", "L2::256B"});
}

/// Takes the vector size and the type, which end the opcode.
const Type& take_type(Assembler& assembler, const Statement& statement, Modifiers& modifiers,
                      Instruction& in) {
  in.count = 1;
  if (modifiers.accept("v2")) {
    in.count = 2;
  } else if (modifiers.accept("v4")) {
    in.count = 4;
  }
  const std::string_view name = modifiers.take();
  for (const Type& type : kTypes) {
    if (type.name == name && modifiers.done() && statement.operands.size() == 2) {
      return type;
    }
  }
  assembler.refuse("the interpreter does not know " + std::string(statement.opcode));
}

std::vector<Operand> elements(Assembler& assembler, const Operand& operand, const Instruction& in) {
  std::vector<Operand> parts{operand};
  if (in.count > 1) {
    parts = operand.parts;
  }
  if (parts.size() != in.count || (operand.kind == Operand::Kind::vector) != (in.count > 1)) {
    assembler.refuse("expected as many registers as the vector has elements");
  }
  return parts;
}

void build_load(Assembler& assembler, const Statement& statement, Instruction& in) {
  Modifiers modifiers(statement.opcode);
  take_ordering(modifiers, {"relaxed", "acquire"});
  const Space space = take_space(modifiers);
  modifiers.accept_any({"ca", "cg", "cs", "lu", "cv"});
  if (space == Space::global) {
    modifiers.accept("nc");
  }
  take_cache_hints(modifiers);
  const Type& type = take_type(assembler, statement, modifiers, in);
  const std::vector<Operand> targets = elements(assembler, statement.operands[0], in);
  for (std::size_t i = 0; i < targets.size(); ++i) {
    in.to[i] = assembler.target(targets[i], {type.size, type.floating, true});
  }
  assembler.address(statement.operands[1], space, in);
  in.execute = type.load;
  in.kind = is_common(space) ? Kind::memory : Kind::plain;
}

void build_store(Assembler& assembler, const Statement& statement, Instruction& in) {
  Modifiers modifiers(statement.opcode);
  take_ordering(modifiers, {"relaxed", "release"});
  const Space space = take_space(modifiers);
  modifiers.accept_any({"wb", "cg", "cs", "wt"});
  take_cache_hints(modifiers);
  const Type& type = take_type(assembler, statement, modifiers, in);
  assembler.address(statement.operands[0], space, in);
  const std::vector<Operand> sources = elements(assembler, statement.operands[1], in);
  for (std::size_t i = 0; i < sources.size(); ++i) {
    // Literals of one byte need a row too, and the narrowest rows have two bytes.
    const std::uint8_t size = std::max<std::uint8_t>(type.size, 2);
    in.from[i] = assembler.source(sources[i], {size, type.floating, true});
  }
  in.execute = type.store;
  in.kind = is_common(space) ? Kind::memory : Kind::plain;
}

}  // namespace

Space take_space(Modifiers& modifiers) {
  if (modifiers.accept("global")) {
    return Space::global;
  }
  if (modifiers.accept_any({"shared", "shared::cta"})) {
    return Space::shared;
  }
  if (modifiers.accept("const")) {
    return Space::constant;
  }
  if (modifiers.accept("local")) {
    return Space::local;
  }
  return modifiers.accept_any({"param", "param::entry"}) ? Space::param : Space::generic;
}

void take_ordering(Modifiers& modifiers, std::initializer_list<std::string_view> orders) {
  if (modifiers.accept_any({"weak", "volatile"})) {
    return;
  }
  if (modifiers.accept_any(orders)) {
    modifiers.accept_any({"cta", "gpu", "sys"});
  }
}

void add_load_store(Table& table) {
  table.add_family("ld", build_load);
  table.add_family("st", build_store);
}

}  // namespace ptx
