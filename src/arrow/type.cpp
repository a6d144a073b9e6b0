// SPDX-License-Identifier: Apache-2.0
#include "arrow/type.hpp"

#include <array>
#include <cstring>
#include <string>

#include "backend/concat.hpp"
#include "backend/text.hpp"
#include "seqfeat/error.hpp"

namespace seqfeat::detail {
namespace {

struct PlainType {
  std::string_view format;
  TokenType type;
};

constexpr TokenType integers(DType dtype) {
  return {TokenType::Layout::integers, dtype, false, 0};
}
constexpr TokenType strings(bool wide) {
  return {TokenType::Layout::strings, DType::string, wide, 0};
}
constexpr TokenType string_views() {
  return {TokenType::Layout::string_views, DType::string, false, 0};
}

constexpr std::array kPlainTypes = {
    PlainType{"c", integers(DType::int8)},    PlainType{"C", integers(DType::uint8)},
    PlainType{"s", integers(DType::int16)},   PlainType{"S", integers(DType::uint16)},
    PlainType{"i", integers(DType::int32)},   PlainType{"I", integers(DType::uint32)},
    PlainType{"l", integers(DType::int64)},   PlainType{"L", integers(DType::uint64)},
    PlainType{"f", integers(DType::float32)}, PlainType{"g", integers(DType::float64)},
    PlainType{"u", strings(false)},           PlainType{"U", strings(true)},
    PlainType{"z", strings(false)},           PlainType{"Z", strings(true)},
    PlainType{"vu", string_views()},          PlainType{"vz", string_views()},
};

struct ListFormat {
  std::string_view format;
  ListType type;
};

constexpr std::array kLists = {
    ListFormat{"+l", {ListType::Layout::offsets, false, 0}},
    ListFormat{"+L", {ListType::Layout::offsets, true, 0}},
    ListFormat{"+vl", {ListType::Layout::views, false, 0}},
    ListFormat{"+vL", {ListType::Layout::views, true, 0}},
};

struct Word {
  std::string_view format;
  std::string_view name;
};

/// Types without tokens that people have, by the beginning of their format.
constexpr std::array kOthers = {
    Word{"+s", "a struct"},    Word{"+m", "a map"},      Word{"+r", "run-end encoded"},
    Word{"+u", "a union"},     Word{"e", "float16"},     Word{"b", "bool"},
    Word{"d:", "a decimal"},   Word{"td", "a date"},     Word{"tt", "a time"},
    Word{"ts", "a timestamp"}, Word{"tD", "a duration"}, Word{"ti", "an interval"},
};

/// The format, or its beginning: no longer than any of Arrow's that is of interest here.
std::string_view format_of(const ArrowSchema& schema, std::string_view key) {
  constexpr std::size_t kMost = 64;
  if (schema.format == nullptr) {
    throw DataError({.column = std::string(key)}, "the Arrow schema's format is null");
  }
  return {schema.format, ::strnlen(schema.format, kMost)};
}

[[noreturn]] void refuse_type(std::string_view format, std::string_view key,
                              std::string_view where) {
  std::string_view name = "of a type that is not known here";
  for (const Word& other : kOthers) {
    if (format.starts_with(other.format)) name = other.name;
  }
  throw InvalidArgument(concat("feature '", key, "': Arrow column is ", where, name, " (format '",
                               format,
                               "'), expected strings, binaries, integers, float32 or float64, in "
                               "up to two levels of lists; cast it, or "
                               "leave it out"));
}

/// N of a format that ends with it.
std::int64_t width_in(std::string_view format, std::string_view digits, std::string_view key) {
  constexpr std::int64_t kMost = INT32_MAX;  // as the specification has it
  const auto width = number_in<std::int64_t>(digits);
  if (!width || *width < 0 || *width > kMost) {
    throw DataError(
        {.column = std::string(key)},
        concat("Arrow format '", format, "', expected a size of 0 to ", kMost, " at its end"));
  }
  return *width;
}

std::optional<ListType> list_type(std::string_view format, std::string_view key) {
  for (const ListFormat& list : kLists) {
    if (list.format == format) return list.type;
  }
  if (!format.starts_with("+w:")) return std::nullopt;
  return ListType{ListType::Layout::fixed, false, width_in(format, format.substr(3), key)};
}

TokenType token_type(std::string_view format, std::string_view key, DType of_nulls,
                     std::string_view where) {
  for (const PlainType& plain : kPlainTypes) {
    if (plain.format == format) return plain.type;
  }
  if (format == "n") return {TokenType::Layout::nulls, of_nulls, false, 0};
  if (format.starts_with("w:")) {
    return {TokenType::Layout::fixed_strings, DType::string, false,
            width_in(format, format.substr(2), key)};
  }
  refuse_type(format, key, where);
}

const ArrowSchema& only_child(const ArrowSchema& schema, std::string_view key) {
  if (schema.n_children != 1 || schema.children == nullptr || schema.children[0] == nullptr) {
    throw DataError({.column = std::string(key)},
                    concat("the Arrow schema of a list has ", schema.n_children,
                           " children, or a null one; expected 1"));
  }
  return *schema.children[0];
}

}  // namespace

ColumnType column_type(const ArrowSchema& schema, std::string_view key, DType of_nulls) {
  constexpr std::size_t kMostLists = 2;
  ColumnType type{};
  const ArrowSchema* level = &schema;
  std::string_view where;
  for (;; level = &only_child(*level, key)) {
    const std::string_view format = format_of(*level, key);
    const std::optional<ListType> list = list_type(format, key);
    if (!list || level->dictionary != nullptr) break;
    if (type.lists.size() == kMostLists) refuse_type(format, key, "lists of lists of lists, ");
    type.lists.push_back(*list);
    where = "lists of what is ";
  }
  type.token = token_type(format_of(*level, key), key, of_nulls, where);
  if (level->dictionary == nullptr) return type;

  if (!is_integer(type.token.dtype) || type.token.layout == TokenType::Layout::nulls) {
    throw DataError({.column = std::string(key)},
                    concat("the indices of an Arrow dictionary have format '",
                           format_of(*level, key), "', expected integers"));
  }
  type.index = type.token.dtype;
  level = level->dictionary;
  const std::string_view format = format_of(*level, key);
  if (level->dictionary != nullptr) refuse_type(format, key, "a dictionary of dictionaries, ");
  type.token = token_type(format, key, of_nulls, "a dictionary of what is ");
  return type;
}

bool is_struct(const ArrowSchema& schema) noexcept {
  return schema.format != nullptr && std::string_view(schema.format) == "+s";
}

}  // namespace seqfeat::detail
