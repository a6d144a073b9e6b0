// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "backend/text.hpp"
#include "run/json_cursor.hpp"
#include "run/jsonl_fields.hpp"
#include "seqfeat/error.hpp"

namespace seqfeat::run {
namespace {

using detail::number_in;

template <class Integer>
bool take_integer(JsonCursor& in, Ragged& batch) {
  Integer value = 0;
  if (!in.take_integer(value)) return false;
  batch.add_value(value);
  return true;
}

bool take_number(JsonCursor& in, Ragged& batch) {
  std::string_view text;
  if (!in.take_number(text) || text == "-0") return false;  // the library's is an integer
  const auto number = number_in<double>(text);
  if (!number || !std::isfinite(static_cast<float>(*number))) return false;
  batch.add_number(*number);
  return true;
}

/// One or more values with commas between them, into the open step.
bool take_values(JsonCursor& in, Ragged& batch) {
  if (batch.dtype() == DType::string) return in.take_strings(batch);
  if (is_float(batch.dtype())) return take_number(in, batch);
  return is_unsigned(batch.dtype()) ? take_integer<std::uint64_t>(in, batch)
                                    : take_integer<std::int64_t>(in, batch);
}

/// A step that is a list; its bracket is taken already.
bool take_step(JsonCursor& in, Ragged& batch) {
  if (!in.take(']')) {
    do {
      if (!take_values(in, batch)) return false;
    } while (in.take(','));
    if (!in.take(']')) return false;
  }
  batch.end_step();
  return true;
}

bool take_row(JsonCursor& in, Ragged& batch) {
  if (in.take_word("null")) return true;
  if (!in.take('[')) return false;
  if (in.take(']')) return true;
  do {
    if (in.take('[')) {
      if (!take_step(in, batch)) return false;
    } else if (in.take_word("null")) {
      batch.end_step();
    } else {
      if (!take_values(in, batch)) return false;
      batch.end_steps();
    }
  } while (in.take(','));
  return in.take(']');
}

bool take_scalar(JsonCursor& in, std::vector<Scalar>& kept) {
  std::string_view text;
  if (in.next_is('"')) {
    if (!in.take_text(text)) return false;
    kept.emplace_back(std::string(text));
    return true;
  }
  if (!in.take_number(text)) return false;
  if (text.find_first_of(".eE") == std::string_view::npos) {
    const auto integer = number_in<std::int64_t>(text);
    if (integer) kept.emplace_back(*integer);
    return integer.has_value();
  }
  const auto real = number_in<double>(text);
  if (!real || !std::isfinite(static_cast<float>(*real))) return false;
  kept.emplace_back(static_cast<float>(*real));
  return true;
}

bool take_member(JsonCursor& in, std::int64_t line, JsonlFields& fields,
                 std::vector<std::string_view>& unknown) {
  std::string_view key;
  if (!in.take_key(key)) return false;
  JsonlField* const field = fields.find(key);
  if (field == nullptr) {
    unknown.push_back(key);
    return in.take_any();
  }
  if (field->line == line) return false;  // the key twice
  field->line = line;
  return field->keeps ? take_scalar(in, field->kept) : take_row(in, field->tokens);
}

}  // namespace

bool read_plain_line(std::string_view text, std::int64_t line, JsonlFields& fields) {
  JsonCursor in(text);
  std::vector<std::string_view> unknown;
  if (!in.take('{')) return false;
  if (in.take('}')) return in.at_end();
  try {
    do {
      if (!take_member(in, line, fields, unknown)) return false;
    } while (in.take(','));
  } catch (const DataError&) {  // a number outside its type
    return false;
  }
  return in.take('}') && in.at_end() && !has_twice(unknown);
}

}  // namespace seqfeat::run
