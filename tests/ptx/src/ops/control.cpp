// SPDX-License-Identifier: Apache-2.0
// Branches, the end of a thread, and the order between kernels.
#include "ops/table.hpp"

namespace ptx {
namespace {

void refuse_unless(bool known, Assembler& assembler, const Statement& statement) {
  if (!known) {
    assembler.refuse("the interpreter does not know this form of " + std::string(statement.opcode));
  }
}

void build_branch(Assembler& assembler, const Statement& statement, Instruction& in) {
  refuse_unless((statement.opcode == "bra" || statement.opcode == "bra.uni") &&
                    statement.operands.size() == 1,
                assembler, statement);
  in.kind = Kind::branch;
  assembler.jump(statement.operands[0]);
}

void build_leave(Assembler& assembler, const Statement& statement, Instruction& in) {
  refuse_unless(
      (statement.opcode == "ret" || statement.opcode == "exit") && statement.operands.empty(),
      assembler, statement);
  in.kind = Kind::leave;
}

void trap(Warp& warp, const Instruction& in, Lanes active) {
  warp.fault(in, static_cast<unsigned>(std::countr_zero(active)), "the kernel gives up");
}

void build_trap(Assembler& assembler, const Statement& statement, Instruction& in) {
  refuse_unless(statement.opcode == "trap" && statement.operands.empty(), assembler, statement);
  in.execute = trap;
}

void wait_for_grids(Warp& warp, const Instruction& /*in*/, Lanes active) {
  warp.waited |= active;
  warp.machine().outcome().waits += static_cast<unsigned>(std::popcount(active));
}

void launch_dependents(Warp& warp, const Instruction& /*in*/, Lanes active) {
  warp.machine().outcome().triggers += static_cast<unsigned>(std::popcount(active));
}

void build_grid(Assembler& assembler, const Statement& statement, Instruction& in) {
  const bool waits = statement.opcode == "griddepcontrol.wait";
  refuse_unless((waits || statement.opcode == "griddepcontrol.launch_dependents") &&
                    statement.operands.empty(),
                assembler, statement);
  in.execute = waits ? wait_for_grids : launch_dependents;
}

}  // namespace

void add_control(Table& table) {
  table.add_family("bra", build_branch);
  table.add_family("ret", build_leave);
  table.add_family("exit", build_leave);
  table.add_family("trap", build_trap);
  table.add_family("griddepcontrol", build_grid);
}

}  // namespace ptx
