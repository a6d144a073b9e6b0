// SPDX-License-Identifier: Apache-2.0
#include "parse/assembler.hpp"

#include "ops/table.hpp"
#include "parse/rows.hpp"
#include "ptx/fault.hpp"

namespace ptx {

Assembler::Assembler(Kernel& kernel, Program& program, const Symbols& module)
    : kernel_(kernel), program_(program), module_(module), scopes_(1) {}

Row Assembler::new_row(std::uint8_t width) {
  const Row row{static_cast<std::uint32_t>(program_.file_bytes), width};
  program_.file_bytes += row_bytes(width);
  return row;
}

void Assembler::add_register(const std::string& name, std::uint8_t width) {
  scopes_.back()[name] = new_row(width);
  ++kernel_.registers;
}

void Assembler::add_symbol(const std::string& name, Symbol symbol) {
  symbols_[name] = symbol;
}

void Assembler::add_label(std::string_view name) {
  labels_[std::string(name)] = static_cast<std::uint32_t>(program_.code.size());
}

void Assembler::refuse(const std::string& why) const {
  throw Fault("kernel " + kernel_.name + ", PTX line " + std::to_string(statement_->line) + ", `" +
              statement_->text + "`: " + why);
}

const Row* Assembler::find_register(std::string_view name) const {
  for (auto scope = scopes_.rbegin(); scope != scopes_.rend(); ++scope) {
    if (const auto found = scope->find(name); found != scope->end()) {
      return &found->second;
    }
  }
  return nullptr;
}

const Symbol* Assembler::find_symbol(std::string_view name) const {
  if (const auto found = symbols_.find(name); found != symbols_.end()) {
    return &found->second;
  }
  const auto found = module_.find(name);
  return found == module_.end() ? nullptr : &found->second;
}

void Assembler::jump(const Operand& label) {
  jumps_.emplace_back(static_cast<std::uint32_t>(program_.code.size()),
                      std::string(label.token.text));
}

void Assembler::add(const Statement& statement) {
  statement_ = &statement;
  Instruction in = build(*this, statement);
  if (!statement.guard.empty()) {
    const Row* const guard = find_register(statement.guard);
    if (guard == nullptr || guard->width != 0) {
      refuse("the guard " + std::string(statement.guard) + " is no predicate");
    }
    in.guarded = true;
    in.guard = *guard;
    in.flipped = statement.guard_inverted ? kAllLanes : 0;
  }
  program_.code.push_back(in);
  kernel_.instructions.push_back({statement.line, statement.text});
}

void Assembler::finish() {
  const std::vector<Instruction>& code = program_.code;
  if (code.empty() || code.back().guarded ||
      (code.back().kind != Kind::leave && code.back().kind != Kind::branch)) {
    throw Fault("kernel " + kernel_.name +
                ": the last instruction goes on to nowhere; expected "
                "`ret` or a branch");
  }
  for (const auto& [at, name] : jumps_) {
    const auto label = labels_.find(name);
    if (label == labels_.end() || label->second == code.size()) {
      throw Fault("kernel " + kernel_.name + ", `" + kernel_.instructions[at].text +
                  "`: the label " + name + " stands before no instruction");
    }
    program_.code[at].target = label->second;
  }
  share_rows(program_);
}

}  // namespace ptx
