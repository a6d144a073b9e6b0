// SPDX-License-Identifier: Apache-2.0
// What an instruction names: registers, literals, special registers, predicates, addresses.
#include <algorithm>
#include <array>
#include <charconv>

#include "parse/assembler.hpp"

namespace ptx {
namespace {

constexpr std::pair<std::string_view, Special> kSpecials[] = {
    {"%tid.x", Special::tid_x},
    {"%tid.y", Special::tid_y},
    {"%tid.z", Special::tid_z},
    {"%ntid.x", Special::ntid_x},
    {"%ntid.y", Special::ntid_y},
    {"%ntid.z", Special::ntid_z},
    {"%ctaid.x", Special::ctaid_x},
    {"%ctaid.y", Special::ctaid_y},
    {"%ctaid.z", Special::ctaid_z},
    {"%nctaid.x", Special::nctaid_x},
    {"%nctaid.y", Special::nctaid_y},
    {"%nctaid.z", Special::nctaid_z},
    {"%laneid", Special::laneid},
    {"%lanemask_eq", Special::lanemask_eq},
    {"%lanemask_le", Special::lanemask_le},
    {"%lanemask_lt", Special::lanemask_lt},
    {"%lanemask_ge", Special::lanemask_ge},
    {"%lanemask_gt", Special::lanemask_gt},
};

std::string text_of(Slot slot) {
  return slot.width == 0 ? "a predicate" : std::to_string(slot.width * 8) + " bits";
}

}  // namespace

const Row* Assembler::special(std::string_view name) {
  const auto* const known = std::find_if(std::begin(kSpecials), std::end(kSpecials),
                                         [&](const auto& entry) { return entry.first == name; });
  if (known == std::end(kSpecials)) {
    return nullptr;
  }
  const auto [entry, added] = specials_.try_emplace(std::string(name));
  if (added) {
    entry->second = new_row(sizeof(Lanes));
    program_.specials.push_back({entry->second, known->second});
  }
  return &entry->second;
}

Row Assembler::literal(std::uint8_t width, std::uint64_t value) {
  const auto [entry, added] = literals_.try_emplace({width, value});
  if (added) {
    entry->second = new_row(width);
    program_.literals.push_back({entry->second, value});
  }
  return entry->second;
}

std::uint64_t Assembler::value(const Operand& operand, Slot slot) const {
  const std::string_view text = operand.token.text;
  const bool single = text.starts_with("0f") || text.starts_with("0F");
  if (text.starts_with("0d") || text.starts_with("0D")) {
    refuse("literals of type f64 are not known");
  }
  if (single ? slot.width != sizeof(float) : slot.floating) {
    refuse("got the literal " + std::string(text) + ", expected " +
           (single ? "a whole number" : "a number of type f32, written as 0f and 8 digits"));
  }
  if (!single) {
    return whole_value(operand, slot);
  }
  std::uint32_t bits = 0;
  const auto [end, error] = std::from_chars(text.data() + 2, text.data() + text.size(), bits, 16);
  if (error != std::errc{} || end != text.data() + text.size() || text.size() != 10) {
    refuse("got the literal " + std::string(text) + ", expected 0f and 8 digits");
  }
  return bits;
}

std::uint64_t Assembler::whole_value(const Operand& operand, Slot slot) const {
  const std::uint64_t size = ptx::literal(operand.token);
  if (slot.width == 0) {
    return size != 0 ? 1 : 0;
  }
  const std::uint64_t ones = ~std::uint64_t{0} >> (64 - slot.width * 8);
  if (size > (operand.negative ? ones / 2 + 1 : ones)) {
    refuse("the literal " + std::string(operand.token.text) + " does not fit into " +
           text_of(slot));
  }
  return (operand.negative ? 0 - size : size) & ones;
}

void Assembler::check(Row row, Slot slot, std::string_view name) const {
  const bool fits =
      slot.wider && row.width != 0 ? row.width >= slot.width : row.width == slot.width;
  if (!fits) {
    refuse("got " + std::string(name) + " of " + text_of({row.width, false, false}) +
           ", expected " + text_of(slot));
  }
}

Row Assembler::source(const Operand& operand, Slot slot) {
  if (operand.inverted ||
      (operand.kind != Operand::Kind::name && operand.kind != Operand::Kind::literal)) {
    refuse("got another kind of operand, expected a value of " + text_of(slot));
  }
  if (operand.kind == Operand::Kind::literal) {
    return literal(slot.width, value(operand, slot));
  }
  const std::string_view name = operand.token.text;
  const Row* row = find_register(name);
  row = row == nullptr ? special(name) : row;
  if (row != nullptr) {
    check(*row, slot, name);
    return *row;
  }
  const Symbol* const symbol = find_symbol(name);
  if (symbol == nullptr) {
    refuse("the name " + std::string(name) + " is not declared");
  }
  if (slot.width < 8 && (slot.width < 4 || symbol->address > ~std::uint32_t{0})) {
    refuse("the address of " + std::string(name) + " does not fit into " + text_of(slot));
  }
  return literal(slot.width, symbol->address);
}

Row Assembler::target(const Operand& operand, Slot slot) {
  const Row* const row = operand.kind == Operand::Kind::name && !operand.inverted
                             ? find_register(operand.token.text)
                             : nullptr;
  if (row == nullptr) {
    refuse("expected a register for the result");
  }
  check(*row, slot, operand.token.text);
  return *row;
}

Row Assembler::predicate(const Operand& operand, Lanes& inverted) {
  Operand plain = operand;
  plain.inverted = false;
  inverted = operand.inverted ? kAllLanes : 0;
  return source(plain, {});
}

void Assembler::address(const Operand& operand, Space space, Instruction& in) {
  if (operand.kind != Operand::Kind::address) {
    refuse("expected an address in brackets");
  }
  const Operand& base = operand.parts.front();
  in.space = space;
  in.offset = operand.offset;
  const Symbol* const symbol =
      find_register(base.token.text) == nullptr ? find_symbol(base.token.text) : nullptr;
  if (symbol == nullptr) {
    in.from[kAddress] = source(base, {4, false, true});
    return;
  }
  const bool in_global = symbol->space == Space::global || symbol->space == Space::constant;
  if (symbol->space != space && !(space == Space::generic && in_global)) {
    refuse(std::string(base.token.text) + " lies in " + name(symbol->space) + " memory, not in " +
           name(space));
  }
  in.from[kAddress] = literal(8, symbol->address);
}

}  // namespace ptx
