// SPDX-License-Identifier: Apache-2.0
// Turns instructions as they are written into instructions that run: names become rows of the
// register file, opcodes become functions.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "machine/program.hpp"
#include "machine/spaces.hpp"
#include "parse/statement.hpp"
#include "ptx/module.hpp"

namespace ptx {

/// What an instruction wants of an operand.
struct Slot {
  std::uint8_t width = 0;  // bytes; 0: a predicate
  bool floating = false;   // literals are written as 0f...
  bool wider = false;      // registers that are wider than that will do too
};

/// A variable, or a parameter of the kernel.
struct Symbol {
  Space space = Space::generic;
  Address address = 0;  // within its space
};
using Symbols = std::map<std::string, Symbol, std::less<>>;

class Assembler {
 public:
  Assembler(Kernel& kernel, Program& program, const Symbols& module);

  void open_scope() { scopes_.emplace_back(); }
  void close_scope() { scopes_.pop_back(); }
  void add_register(const std::string& name, std::uint8_t width);
  void add_symbol(const std::string& name, Symbol symbol);
  void add_label(std::string_view name);
  void add(const Statement& statement);
  /// Resolves the labels. The kernel is complete then.
  void finish();

  // For the functions that build one instruction:
  [[nodiscard]] Row source(const Operand& operand, Slot slot);
  /// A predicate that may be written !%p; `inverted` tells which.
  [[nodiscard]] Row predicate(const Operand& operand, Lanes& inverted);
  /// The address of a load, store or the like. A variable has to lie in `space`.
  void address(const Operand& operand, Space space, Instruction& in);
  [[nodiscard]] Row target(const Operand& operand, Slot slot);
  [[nodiscard]] Row literal(std::uint8_t width, std::uint64_t value);
  /// The instruction being built goes on at this label.
  void jump(const Operand& label);
  [[noreturn]] void refuse(const std::string& why) const;

 private:
  [[nodiscard]] Row new_row(std::uint8_t width);
  [[nodiscard]] const Row* find_register(std::string_view name) const;
  [[nodiscard]] const Symbol* find_symbol(std::string_view name) const;
  [[nodiscard]] const Row* special(std::string_view name);
  [[nodiscard]] std::uint64_t value(const Operand& operand, Slot slot) const;
  [[nodiscard]] std::uint64_t whole_value(const Operand& operand, Slot slot) const;
  void check(Row row, Slot slot, std::string_view name) const;

  Kernel& kernel_;
  Program& program_;
  const Symbols& module_;
  Symbols symbols_;
  std::vector<std::map<std::string, Row, std::less<>>> scopes_;
  std::map<std::pair<std::uint8_t, std::uint64_t>, Row> literals_;
  std::map<std::string, Row, std::less<>> specials_;
  std::map<std::string, std::uint32_t, std::less<>> labels_;
  std::vector<std::pair<std::uint32_t, std::string>> jumps_;
  const Statement* statement_ = nullptr;  // the one being built
};

}  // namespace ptx
