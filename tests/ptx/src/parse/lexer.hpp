// SPDX-License-Identifier: Apache-2.0
// The words, numbers and marks of PTX text. The parser reads them in order.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace ptx {

struct Token {
  enum class Kind { word, number, string, mark, end };
  Kind kind = Kind::end;
  std::string_view text;  // of the module's text; empty at the end
  int line = 0;

  [[nodiscard]] bool is(std::string_view other) const { return text == other; }
};

/// Words take in dots and double colons: `ld.global.L1::no_allocate.u32` is one word, and so are
/// `%tid.x`, `$L__BB0_2` and `.maxntid`.
[[nodiscard]] std::vector<Token> tokens_of(std::string_view text);

/// Walks over tokens. What does not fit is a Fault with the line and the text found there.
class Cursor {
 public:
  explicit Cursor(const std::vector<Token>& tokens) : at_(tokens.data()) {}

  [[nodiscard]] const Token& peek() const { return *at_; }
  [[nodiscard]] bool done() const { return at_->kind == Token::Kind::end; }
  const Token& take() { return done() ? *at_ : *at_++; }
  /// Takes the next token if it is `text`.
  bool accept(std::string_view text);
  void expect(std::string_view text);
  std::string_view word(std::string_view what);
  /// A whole number, with a sign or without.
  long long integer(std::string_view what);
  /// Skips the rest of the line on which `first` stands.
  void skip_line(const Token& first);
  /// Skips from `{` to the brace that closes it.
  void skip_braces();
  [[noreturn]] void refuse(std::string_view expected) const;

 private:
  const Token* at_;
};

/// The value of an integer literal: decimal, hexadecimal or octal, with or without a final U.
[[nodiscard]] unsigned long long literal(const Token& token);

}  // namespace ptx
