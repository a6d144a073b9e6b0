// SPDX-License-Identifier: Apache-2.0
#include "ops/table.hpp"

#include <algorithm>

namespace ptx {
namespace {

Table make_table() {
  Table table;
  for (const auto add : {add_integer, add_bits, add_float, add_compare, add_convert, add_half,
                         add_move, add_load_store, add_atomic, add_async_copy, add_collectives,
                         add_shuffle, add_barriers, add_control}) {
    add(table);
  }
  return table;
}

}  // namespace

void Table::add(const std::string& opcode, Operation operation) {
  operations_[opcode] = std::move(operation);
}

void Table::add_family(const std::string& mnemonic, Build builder) {
  families_[mnemonic] = builder;
}

Instruction Table::build(Assembler& assembler, const Statement& statement) const {
  Instruction in;
  const bool plain =
      std::none_of(statement.operands.begin(), statement.operands.end(),
                   [](const Operand& operand) { return operand.kind == Operand::Kind::vector; });
  const auto found = operations_.find(statement.opcode);
  if (plain && found != operations_.end()) {
    const Operation& operation = found->second;
    if (statement.operands.size() != operation.from.size() + 1) {
      assembler.refuse("got " + std::to_string(statement.operands.size()) + " operands, expected " +
                       std::to_string(operation.from.size() + 1));
    }
    in.execute = operation.execute;
    in.to[0] = assembler.target(statement.operands[0], operation.to);
    for (std::size_t i = 0; i < operation.from.size(); ++i) {
      in.from[i] = assembler.source(statement.operands[i + 1], operation.from[i]);
    }
    return in;
  }
  const std::string_view mnemonic = statement.opcode.substr(0, statement.opcode.find('.'));
  const auto family = families_.find(mnemonic);
  if (family == families_.end()) {
    assembler.refuse("the interpreter does not know " + std::string(statement.opcode));
  }
  family->second(assembler, statement, in);
  return in;
}

Instruction build(Assembler& assembler, const Statement& statement) {
  static const Table kTable = make_table();
  return kTable.build(assembler, statement);
}

}  // namespace ptx
