// SPDX-License-Identifier: Apache-2.0
#include "parse/variables.hpp"

#include <charconv>
#include <cstring>

namespace ptx {
namespace {

// Registers of generic pointers say so behind their type, and whence: .ptr .global .align 4.
void skip_pointer(Cursor& cursor) {
  if (!cursor.accept(".ptr")) {
    return;
  }
  for (const char* const space : {".global", ".const", ".shared", ".local"}) {
    cursor.accept(space);
  }
  if (cursor.accept(".align")) {
    static_cast<void>(cursor.integer("an alignment"));
  }
}

std::uint64_t read_value(Cursor& cursor) {
  const std::string_view text = cursor.peek().text;
  if (text.starts_with("0f") || text.starts_with("0F")) {
    std::uint32_t bits = 0;
    const char* const end = text.data() + text.size();
    if (const auto [last, error] = std::from_chars(text.data() + 2, end, bits, 16);
        error != std::errc{} || last != end) {
      cursor.refuse("a number of type f32");
    }
    cursor.take();
    return bits;
  }
  return static_cast<std::uint64_t>(cursor.integer("a number"));
}

}  // namespace

std::size_t take_type_size(Cursor& cursor) {
  const std::string_view type = cursor.peek().text;
  const std::string_view size = type.size() < 3 ? type : type.substr(2);
  const bool kind = type.starts_with(".b") || type.starts_with(".u") || type.starts_with(".s") ||
                    type.starts_with(".f");
  for (const std::size_t bytes : {1U, 2U, 4U, 8U}) {
    if (kind && size == std::to_string(bytes * 8)) {
      cursor.take();
      return bytes;
    }
  }
  cursor.refuse("a type of 8 to 64 bits");
}

Declaration read_declaration(Cursor& cursor) {
  Declaration declaration;
  std::size_t alignment = 0;
  if (cursor.accept(".align")) {
    alignment = static_cast<std::size_t>(cursor.integer("an alignment"));
  }
  declaration.element = take_type_size(cursor);
  skip_pointer(cursor);
  declaration.alignment = alignment == 0 ? declaration.element : alignment;
  declaration.name = cursor.word("a name");
  declaration.size = declaration.element;
  if (cursor.accept("[")) {
    declaration.size = cursor.peek().is("]") ? 0 : declaration.element * literal(cursor.take());
    cursor.expect("]");
  }
  return declaration;
}

std::byte* Storage::add(std::size_t size, std::size_t alignment) {
  blocks_.push_back(std::make_unique<std::byte[]>(size + alignment));
  std::byte* const start = blocks_.back().get();
  return start + (alignment - reinterpret_cast<std::uintptr_t>(start) % alignment) % alignment;
}

void read_values(Cursor& cursor, const Declaration& declaration, std::byte* bytes) {
  if (!cursor.accept("=")) {
    return;
  }
  const bool list = cursor.accept("{");
  std::size_t at = 0;
  do {
    if (at == declaration.size) {
      cursor.refuse("no more values than " + declaration.name + " has elements");
    }
    const std::uint64_t value = read_value(cursor);
    std::memcpy(bytes + at, &value, declaration.element);
    at += declaration.element;
  } while (list && cursor.accept(","));
  if (list) {
    cursor.expect("}");
  }
}

}  // namespace ptx
