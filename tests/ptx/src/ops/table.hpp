// SPDX-License-Identifier: Apache-2.0
// Every opcode that the interpreter knows. An opcode is found by its full text, or, where modifiers
// combine freely, by its mnemonic; the builder then accounts for each modifier.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "ops/lanewise.hpp"

namespace ptx {

using Build = void (*)(Assembler&, const Statement&, Instruction&);

class Table {
 public:
  void add(const std::string& opcode, Operation operation);
  void add_family(const std::string& mnemonic, Build builder);
  [[nodiscard]] Instruction build(Assembler& assembler, const Statement& statement) const;

 private:
  std::map<std::string, Operation, std::less<>> operations_;
  std::map<std::string, Build, std::less<>> families_;
};

/// The instruction of a statement; a Fault if it is not known.
[[nodiscard]] Instruction build(Assembler& assembler, const Statement& statement);

// The parts of the table, a file each.
void add_integer(Table& table);
void add_bits(Table& table);
void add_float(Table& table);
void add_compare(Table& table);
void add_convert(Table& table);
void add_half(Table& table);
void add_move(Table& table);
void add_load_store(Table& table);
void add_atomic(Table& table);
void add_async_copy(Table& table);
void add_collectives(Table& table);
void add_shuffle(Table& table);
void add_barriers(Table& table);
void add_control(Table& table);

}  // namespace ptx
