// SPDX-License-Identifier: Apache-2.0
// One instruction as it is written: guard, opcode, operands. The assembler gives it meaning.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "parse/lexer.hpp"

namespace ptx {

struct Operand {
  enum class Kind {
    name,     // a register, special register, variable or label
    literal,  // a number
    address,  // [base], [base+offset]; the base is part 0
    vector,   // {a, b, ...}
    pair,     // a|b
  };
  Kind kind = Kind::name;
  Token token;            // of a name or literal
  bool inverted = false;  // !%p
  bool negative = false;  // of a literal
  long long offset = 0;   // of an address
  std::vector<Operand> parts;
};

struct Statement {
  std::string_view guard;  // the predicate's name, or empty
  bool guard_inverted = false;
  std::string_view opcode;
  std::vector<Operand> operands;
  int line = 0;
  std::string text;
};

/// Reads an instruction up to its semicolon.
[[nodiscard]] Statement read_statement(Cursor& cursor);

/// The parts of an opcode behind its mnemonic, to be taken one by one. What no one takes is an
/// error, so that no modifier is overlooked.
class Modifiers {
 public:
  explicit Modifiers(std::string_view opcode);

  /// Takes the next modifier if it is `text`.
  bool accept(std::string_view text);
  /// Takes the next modifier if it is one of `texts`.
  bool accept_any(std::initializer_list<std::string_view> texts);
  /// Takes the next modifier, whatever it is; empty if there is none.
  std::string_view take();
  [[nodiscard]] bool done() const { return left_.empty(); }

 private:
  [[nodiscard]] std::string_view next() const;

  std::string_view left_;
};

}  // namespace ptx
