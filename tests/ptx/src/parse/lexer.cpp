// SPDX-License-Identifier: Apache-2.0
#include "parse/lexer.hpp"

#include <cctype>
#include <stdexcept>

#include "ptx/fault.hpp"

namespace ptx {
namespace {

bool starts_word(char c) {
  return std::isalpha(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '%' || c == '$' ||
         c == '.';
}

bool digit(char c) {
  return std::isdigit(static_cast<unsigned char>(c)) != 0;
}

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  std::vector<Token> all() {
    std::vector<Token> tokens;
    while (skip_blank(), at_ < text_.size()) {
      tokens.push_back(next());
    }
    tokens.push_back({Token::Kind::end, {}, line_});
    return tokens;
  }

 private:
  [[nodiscard]] char look(std::size_t ahead = 0) const {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }

  void skip_blank() {
    while (at_ < text_.size()) {
      if (text_.substr(at_, 2) == "//") {
        at_ = std::min(text_.find('\n', at_), text_.size());
      } else if (text_.substr(at_, 2) == "/*") {
        const std::size_t end = std::min(text_.find("*/", at_ + 2), text_.size() - 2) + 2;
        for (; at_ < end; ++at_) {
          line_ += text_[at_] == '\n';
        }
      } else if (std::isspace(static_cast<unsigned char>(text_[at_])) != 0) {
        line_ += text_[at_++] == '\n';
      } else {
        return;
      }
    }
  }

  Token next() {
    const std::size_t from = at_;
    Token::Kind kind = Token::Kind::mark;
    if (starts_word(look())) {
      kind = Token::Kind::word;
      skip_word();
    } else if (digit(look())) {
      kind = Token::Kind::number;
      while (std::isalnum(static_cast<unsigned char>(look())) != 0) {
        ++at_;
      }
    } else if (look() == '"') {
      kind = Token::Kind::string;
      at_ = std::min(text_.find('"', at_ + 1), text_.size() - 1) + 1;
    } else {
      ++at_;
    }
    return {kind, text_.substr(from, at_ - from), line_};
  }

  void skip_word() {
    while (true) {
      if (starts_word(look()) || digit(look())) {
        ++at_;
      } else if (look() == ':' && look(1) == ':') {
        at_ += 2;
      } else {
        return;
      }
    }
  }

  std::string_view text_;
  std::size_t at_ = 0;
  int line_ = 1;
};

}  // namespace

std::vector<Token> tokens_of(std::string_view text) {
  return Lexer(text).all();
}

bool Cursor::accept(std::string_view text) {
  if (!peek().is(text)) {
    return false;
  }
  take();
  return true;
}

void Cursor::expect(std::string_view text) {
  if (!accept(text)) {
    refuse(std::string("'").append(text).append("'"));
  }
}

std::string_view Cursor::word(std::string_view what) {
  if (peek().kind != Token::Kind::word) {
    refuse(what);
  }
  return take().text;
}

long long Cursor::integer(std::string_view what) {
  const bool negative = accept("-");
  if (peek().kind != Token::Kind::number) {
    refuse(what);
  }
  const auto value = static_cast<long long>(literal(take()));
  return negative ? -value : value;
}

void Cursor::skip_line(const Token& first) {
  const int line = first.line;
  while (!done() && peek().line == line) {
    take();
  }
}

void Cursor::skip_braces() {
  expect("{");
  for (int open = 1; open != 0;) {
    if (done()) {
      refuse("'}'");
    }
    const std::string_view text = take().text;
    open += text == "{";
    open -= text == "}";
  }
}

void Cursor::refuse(std::string_view expected) const {
  throw Fault("PTX line " + std::to_string(peek().line) + ": got " +
              (done() ? "the end of the text" : "'" + std::string(peek().text) + "'") +
              ", expected " + std::string(expected));
}

unsigned long long literal(const Token& token) {
  std::string digits(token.text);
  if (digits.back() == 'U') {
    digits.pop_back();
  }
  try {
    std::size_t used = 0;
    const unsigned long long value = std::stoull(digits, &used, 0);
    if (used == digits.size()) {
      return value;
    }
  } catch (const std::logic_error&) {
    // falls through: the text is no number that fits
  }
  throw Fault("PTX line " + std::to_string(token.line) + ": got '" + std::string(token.text) +
              "', expected a whole number of at most 64 bits");
}

}  // namespace ptx
