// SPDX-License-Identifier: Apache-2.0
// Atomic operations. Threads take turns here, so each is simply a load and a store.
#include <algorithm>
#include <cstring>

#include "ops/address.hpp"

namespace ptx {
namespace {

// from[0] is the operand, from[1] the second one of cas; to[0] gets the old value unless count is
// 0.
template <class T, class F>
void execute_atomic(Warp& warp, const Instruction& in, Lanes active) {
  for_each_lane(active, [&](unsigned lane) {
    std::byte* const at = bytes_at(warp, in, lane, sizeof(T), true);
    T old;
    std::memcpy(&old, at, sizeof(T));
    const T next = F{}(old, static_cast<T>(warp.read(in.from[0], lane)),
                       static_cast<T>(warp.read(in.from[1], lane)));
    std::memcpy(at, &next, sizeof(T));
    if (in.count != 0) {
      warp.write(in.to[0], lane, static_cast<std::uint64_t>(old));
    }
  });
}

struct Entry {
  Execute execute = nullptr;
  std::uint8_t size = 0;
};
using Entries = std::map<std::string, Entry, std::less<>>;

template <class T, class F>
void add(Entries& entries, const std::string& name, F /*function*/) {
  entries[name] = {&execute_atomic<T, F>, sizeof(T)};
}

template <class T>
void add_arithmetic(Entries& entries, const std::string& type) {
  add<T>(entries, "min." + type, [](T a, T b, T) { return std::min(a, b); });
  add<T>(entries, "max." + type, [](T a, T b, T) { return std::max(a, b); });
}

template <class T>
void add_bits(Entries& entries, const std::string& bits) {
  add<T>(entries, "add.u" + bits, [](T a, T b, T) { return a + b; });
  add<T>(entries, "and.b" + bits, [](T a, T b, T) { return a & b; });
  add<T>(entries, "or.b" + bits, [](T a, T b, T) { return a | b; });
  add<T>(entries, "xor.b" + bits, [](T a, T b, T) { return a ^ b; });
  add<T>(entries, "exch.b" + bits, [](T, T b, T) { return b; });
  add<T>(entries, "cas.b" + bits, [](T a, T b, T c) { return a == b ? c : a; });
}

Entries make_entries() {
  Entries entries;
  add_bits<std::uint32_t>(entries, "32");
  add_bits<std::uint64_t>(entries, "64");
  entries["add.s32"] = entries["add.u32"];
  add_arithmetic<std::uint32_t>(entries, "u32");
  add_arithmetic<std::int32_t>(entries, "s32");
  add_arithmetic<std::uint64_t>(entries, "u64");
  add_arithmetic<std::int64_t>(entries, "s64");
  using U = std::uint32_t;
  add<U>(entries, "inc.u32", [](U a, U b, U) { return a >= b ? U{0} : a + 1; });
  add<U>(entries, "dec.u32", [](U a, U b, U) { return a == 0 || a > b ? b : a - 1; });
  return entries;
}

// atom gives back the old value, red does not.
template <bool kAtom>
void build_atomic(Assembler& assembler, const Statement& statement, Instruction& in) {
  static const Entries kEntries = make_entries();
  Modifiers modifiers(statement.opcode);
  take_ordering(modifiers, {"relaxed", "acquire", "release", "acq_rel"});
  modifiers.accept_any({"cta", "gpu", "sys"});
  const Space space = take_space(modifiers);
  const std::string_view operation = modifiers.take();
  const auto entry = kEntries.find(std::string(operation) + "." + std::string(modifiers.take()));
  const bool swaps = operation == "cas" || operation == "exch";
  const std::size_t first = kAtom ? 1 : 0;
  const std::size_t operands = first + (operation == "cas" ? 3 : 2);
  if (entry == kEntries.end() || !modifiers.done() || !is_common(space) || (swaps && !kAtom) ||
      statement.operands.size() != operands) {
    assembler.refuse("the interpreter does not know " + std::string(statement.opcode));
  }
  const Slot slot{entry->second.size, false, false};
  in.kind = Kind::memory;
  in.execute = entry->second.execute;
  in.count = kAtom ? 1 : 0;
  if (kAtom) {
    in.to[0] = assembler.target(statement.operands[0], slot);
  }
  assembler.address(statement.operands[first], space, in);
  in.from[0] = assembler.source(statement.operands[first + 1], slot);
  in.from[1] = assembler.source(statement.operands.back(), slot);
}

}  // namespace

void add_atomic(Table& table) {
  table.add_family("atom", build_atomic<true>);
  table.add_family("red", build_atomic<false>);
}

}  // namespace ptx
