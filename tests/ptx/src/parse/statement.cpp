// SPDX-License-Identifier: Apache-2.0
#include "parse/statement.hpp"

#include <algorithm>

namespace ptx {
namespace {

Operand read_operand(Cursor& cursor);

/// Reads operands up to `closing`, which it takes too.
std::vector<Operand> read_list(Cursor& cursor, std::string_view closing) {
  std::vector<Operand> list;
  if (cursor.accept(closing)) {
    return list;
  }
  do {
    list.push_back(read_operand(cursor));
  } while (cursor.accept(","));
  cursor.expect(closing);
  return list;
}

Operand read_address(Cursor& cursor) {
  Operand address;
  address.kind = Operand::Kind::address;
  address.parts.push_back(read_operand(cursor));
  if (cursor.accept("+")) {
    address.offset = cursor.integer("an offset");
  } else if (cursor.peek().is("-")) {
    address.offset = cursor.integer("an offset");
  }
  cursor.expect("]");
  return address;
}

Operand read_operand(Cursor& cursor) {
  if (cursor.accept("[")) {
    return read_address(cursor);
  }
  Operand operand;
  if (cursor.accept("{")) {
    operand.kind = Operand::Kind::vector;
    operand.parts = read_list(cursor, "}");
    return operand;
  }
  operand.inverted = cursor.accept("!");
  operand.negative = cursor.accept("-");
  operand.token = cursor.peek();
  if (operand.token.kind == Token::Kind::number && !operand.inverted) {
    operand.kind = Operand::Kind::literal;
  } else if (operand.token.kind != Token::Kind::word || operand.negative) {
    cursor.refuse("an operand");
  }
  cursor.take();
  if (cursor.accept("|")) {
    Operand pair;
    pair.kind = Operand::Kind::pair;
    pair.parts.push_back(operand);
    pair.parts.push_back(read_operand(cursor));
    return pair;
  }
  return operand;
}

/// The text between two tokens with every run of blanks as one.
std::string text_between(const Token& first, const Token& last) {
  std::string text;
  const char* const end = last.text.data();
  for (const char* at = first.text.data(); at != end; ++at) {
    const bool blank = *at == ' ' || *at == '\t' || *at == '\n' || *at == '\r';
    if (!blank) {
      text += *at;
    } else if (!text.empty() && text.back() != ' ') {
      text += ' ';
    }
  }
  if (!text.empty() && text.back() == ' ') {
    text.pop_back();
  }
  return text;
}

}  // namespace

Statement read_statement(Cursor& cursor) {
  Statement statement;
  const Token first = cursor.peek();
  statement.line = first.line;
  if (cursor.accept("@")) {
    statement.guard_inverted = cursor.accept("!");
    statement.guard = cursor.word("a predicate");
  }
  statement.opcode = cursor.word("an instruction");
  if (!cursor.peek().is(";")) {
    do {
      statement.operands.push_back(read_operand(cursor));
    } while (cursor.accept(","));
  }
  statement.text = text_between(first, cursor.peek());
  cursor.expect(";");
  return statement;
}

Modifiers::Modifiers(std::string_view opcode)
    : left_(opcode.substr(std::min(opcode.find('.'), opcode.size()))) {}

std::string_view Modifiers::next() const {
  return left_.empty() ? left_ : left_.substr(1, left_.find('.', 1) - 1);
}

std::string_view Modifiers::take() {
  const std::string_view taken = next();
  left_.remove_prefix(std::min(taken.size() + 1, left_.size()));
  return taken;
}

bool Modifiers::accept(std::string_view text) {
  if (done() || next() != text) {
    return false;
  }
  take();
  return true;
}

bool Modifiers::accept_any(std::initializer_list<std::string_view> texts) {
  return std::any_of(texts.begin(), texts.end(),
                     [&](std::string_view text) { return accept(text); });
}

}  // namespace ptx
