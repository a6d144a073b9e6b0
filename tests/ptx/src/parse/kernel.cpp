// SPDX-License-Identifier: Apache-2.0
#include "parse/kernel.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "ptx/fault.hpp"

namespace ptx {
namespace {

std::size_t round_up(std::size_t size, std::size_t alignment) {
  return (size + alignment - 1) / alignment * alignment;
}

}  // namespace

KernelReader::KernelReader(Cursor& cursor, const Symbols& module,
                           std::span<const Declaration> shared, Program program)
    : cursor_(cursor),
      program_(std::make_shared<Program>(std::move(program))),
      module_(module),
      assembler_(kernel_, *program_, module) {
  kernel_.name = cursor_.word("the name of a kernel");
  if (cursor_.accept("(")) {
    read_parameters();
  }
  while (!cursor_.peek().is("{")) {
    read_directive();
  }
  cursor = cursor_;
  cursor.skip_braces();
  cursor_.expect("{");
  for (const Declaration& variable : shared) {
    if (body_names(variable.name)) {
      place(variable, Space::shared, program_->shared, kernel_.shared_bytes);
    }
  }
  read_variables();
}

Kernel KernelReader::read() {
  read_instructions();
  assembler_.finish();
  kernel_.program = program_;
  return std::move(kernel_);
}

void KernelReader::read_parameters() {
  if (cursor_.accept(")")) {
    return;
  }
  do {
    cursor_.expect(".param");
    const Declaration parameter = read_declaration(cursor_);
    const std::size_t offset = round_up(kernel_.parameter_bytes, parameter.alignment);
    kernel_.parameters.push_back({offset, parameter.size, parameter.alignment});
    kernel_.parameter_bytes = offset + parameter.size;
    assembler_.add_symbol(parameter.name, {Space::param, offset});
  } while (cursor_.accept(","));
  cursor_.expect(")");
}

// What a directive says about registers and multiprocessors changes no result.
void KernelReader::read_directive() {
  const std::string_view directive = cursor_.word("a directive or the body of a kernel");
  constexpr std::array kOfPerformance{".minnctapersm", ".maxnreg", ".maxnctapersm"};
  const bool exact = directive == ".reqntid";
  if (exact || directive == ".maxntid") {
    kernel_.exact_threads = exact;
    kernel_.most_threads = 1;
    do {
      kernel_.most_threads *= static_cast<unsigned>(cursor_.integer("a number of threads"));
    } while (cursor_.accept(","));
  } else if (std::find(kOfPerformance.begin(), kOfPerformance.end(), directive) !=
             kOfPerformance.end()) {
    static_cast<void>(cursor_.integer("a number"));
  } else {
    throw Fault("kernel " + kernel_.name + ": the interpreter does not know the directive " +
                std::string(directive));
  }
}

// Up to the first instruction or label.
void KernelReader::read_variables() {
  for (Token token = cursor_.peek();; token = cursor_.peek()) {
    if (token.is(".loc")) {
      cursor_.skip_line(token);
    } else if (token.is(".pragma")) {
      cursor_.take();
      cursor_.take();
      cursor_.expect(";");
    } else if (token.is(".reg")) {
      read_registers();
    } else if (cursor_.accept(".shared")) {
      add_memory(Space::shared, program_->shared, kernel_.shared_bytes);
    } else if (cursor_.accept(".local")) {
      add_memory(Space::local, program_->local, kernel_.local_bytes);
    } else {
      return;
    }
  }
}

void KernelReader::read_instructions() {
  for (int open = 1; open > 0; read_variables()) {
    if (cursor_.accept("{")) {
      assembler_.open_scope();
      ++open;
    } else if (cursor_.accept("}")) {
      assembler_.close_scope();
      if (--open == 0) {
        return;
      }
    } else {
      read_label_or_instruction();
    }
  }
}

void KernelReader::read_registers() {
  cursor_.expect(".reg");
  const auto width =
      static_cast<std::uint8_t>(cursor_.accept(".pred") ? 0 : take_type_size(cursor_));
  if (width == 1) {
    cursor_.refuse("registers of at least 16 bits");
  }
  do {
    const std::string name(cursor_.word("the name of a register"));
    if (cursor_.accept("<")) {
      const long long count = cursor_.integer("a number of registers");
      for (long long i = 0; i < count; ++i) {
        assembler_.add_register(name + std::to_string(i), width);
      }
      cursor_.expect(">");
    } else {
      assembler_.add_register(name, width);
    }
  } while (cursor_.accept(","));
  cursor_.expect(";");
}

void KernelReader::add_memory(Space space, std::vector<Range>& ranges, std::size_t& bytes) {
  const Declaration variable = read_declaration(cursor_);
  cursor_.expect(";");
  if (!program_->code.empty()) {
    cursor_.refuse("variables before the first instruction");
  }
  place(variable, space, ranges, bytes);
}

// Variables lie at addresses of their alignment with a gap between any two, so that an access
// beyond one does not fall into the next. The kernel's own size leaves the gaps out.
void KernelReader::place(const Declaration& variable, Space space, std::vector<Range>& ranges,
                         std::size_t& bytes) {
  constexpr std::size_t kGap = 16;
  const std::size_t end = ranges.empty() ? 0 : static_cast<std::size_t>(ranges.back().end) + kGap;
  const std::size_t begin = round_up(end, variable.alignment);
  ranges.push_back({begin, begin + variable.size, true});
  bytes = round_up(bytes, variable.alignment) + variable.size;
  assembler_.add_symbol(variable.name, {space, begin});
}

// Shared memory that the module declares belongs to the kernels that use it.
bool KernelReader::body_names(std::string_view name) const {
  Cursor ahead = cursor_;
  for (int open = 1; open > 0;) {
    const Token token = ahead.take();
    if (token.is(name)) {
      return true;
    }
    open += token.is("{") ? 1 : token.is("}") ? -1 : 0;
  }
  return false;
}

void KernelReader::read_label_or_instruction() {
  if (program_->code.empty()) {
    place_dynamic();
  }
  Cursor ahead = cursor_;
  const std::string_view name = ahead.take().text;
  if (ahead.accept(":")) {
    cursor_ = ahead;
    assembler_.add_label(name);
  } else {
    assembler_.add(read_statement(cursor_));
  }
}

void KernelReader::place_dynamic() {
  constexpr std::size_t kAlignment = 128;
  const auto& shared = program_->shared;
  const std::size_t end = shared.empty() ? 0 : static_cast<std::size_t>(shared.back().end) + 16;
  program_->dynamic_shared = round_up(end, kAlignment);
  for (const auto& [name, symbol] : module_) {
    if (symbol.space == Space::shared && symbol.address == kDynamic) {
      assembler_.add_symbol(name, {Space::shared, program_->dynamic_shared});
    }
  }
}

}  // namespace ptx
