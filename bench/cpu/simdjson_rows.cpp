// SPDX-License-Identifier: Apache-2.0
#include "bench/cpu/simdjson_rows.hpp"

#include <simdjson.h>

#include <algorithm>
#include <string>
#include <vector>

#include "run/json_cursor.hpp"
#include "seqfeat/error.hpp"

namespace seqfeat::bench {
namespace {

namespace od = simdjson::ondemand;

static_assert(SimdjsonRows::kPadding >= simdjson::SIMDJSON_PADDING);

/// Decodes a string straight to its place in the batch.
void add_string(const od::parser& parser, od::value& value, std::size_t most, Ragged& tokens) {
  const od::raw_json_string text = value.get_raw_json_string();
  const Ragged::StringRoom room = tokens.string_room(1, most + simdjson::SIMDJSON_PADDING);
  auto* out = reinterpret_cast<std::uint8_t*>(room.bytes);
  const std::string_view decoded = parser.unescape(text, out);
  *room.ends = room.begin + std::ssize(decoded);
  tokens.add_written(1, decoded.size());
}

void add_integer(od::value& value, Ragged& tokens) {
  if (is_unsigned(tokens.dtype())) return tokens.add_value(std::uint64_t{value.get_uint64()});
  tokens.add_value(std::int64_t{value.get_int64()});
}

void add_step(const od::parser& parser, od::value& step, std::size_t most, Ragged& tokens) {
  for (od::value value : step.get_array()) {
    if (value.type() == od::json_type::string) {
      add_string(parser, value, most, tokens);
    } else {
      add_integer(value, tokens);
    }
  }
}

/// A word that only begins as null does is malformed.
void take_null(od::value& value) {
  if (!value.is_null()) throw DataError("got a word, expected null");
}

void add_row(const od::parser& parser, od::value& row, std::size_t most, Ragged& tokens) {
  if (row.type() == od::json_type::null) return take_null(row);
  for (od::value step : row.get_array()) {
    switch (step.type()) {
      case od::json_type::string:
        add_string(parser, step, most, tokens);
        break;
      case od::json_type::array:
        add_step(parser, step, most, tokens);
        break;
      case od::json_type::null:
        take_null(step);
        break;
      default:
        add_integer(step, tokens);
    }
    tokens.end_step();
  }
}

/// Adds the row of one line, of which `unknown` is the room for the keys that nobody asked for.
void add_object(const od::parser& parser, od::object object, std::size_t most,
                std::vector<std::string_view>& unknown, Ragged& tokens) {
  unknown.clear();
  bool found = false;
  for (od::field field : object) {
    const std::string_view key = field.unescaped_key();
    if (key != "tokens") {
      unknown.push_back(key);  // what it holds is passed over without a look
    } else if (found) {
      throw DataError("got the key twice in one object, expected it once");
    } else {
      found = true;
      add_row(parser, field.value(), most, tokens);
    }
  }
  if (run::has_twice(unknown)) {
    throw DataError("got a key twice in one object, expected it once");
  }
  tokens.end_row();
}

[[noreturn]] void refuse(const simdjson::simdjson_error& error) {
  throw DataError(std::string("got malformed JSON (") + error.what() + ")");
}

}  // namespace

struct SimdjsonRows::Parser {
  od::parser parser;
  std::vector<std::string_view> unknown;  // keys of a line
};

SimdjsonRows::SimdjsonRows(DType dtype) : parser_(std::make_shared<Parser>()), tokens_(dtype) {}

// Flattened, as its loops are meant to be: otherwise a fifth slower.
[[gnu::flatten]] void SimdjsonRows::add(std::string_view line) try {
  auto& [parser, unknown] = *parser_;
  od::document document = parser.iterate(line.data(), line.size(), line.size() + kPadding);
  add_object(parser, document.get_object(), line.size(), unknown, tokens_);
  if (document.current_location().error() != simdjson::OUT_OF_BOUNDS) {
    throw DataError("got more behind the object, expected one object a line");
  }
} catch (const simdjson::simdjson_error& error) {
  refuse(error);
}

[[gnu::flatten]] void SimdjsonRows::read(std::string_view lines, std::int64_t most) try {
  constexpr std::size_t kBatch = std::size_t{1} << 20;
  auto& [parser, unknown] = *parser_;
  tokens_.clear();
#ifdef SIMDJSON_THREADS_ENABLED
  parser.threaded = false;  // as ours
#endif
  od::document_stream stream = parser.iterate_many(lines.data(), lines.size(), kBatch);
  std::size_t begin = 0;  // of the line in which the next object must begin
  for (auto object = stream.begin(); object != stream.end(); ++object) {
    const std::size_t end = std::min(lines.find('\n', begin), lines.size());
    if (object.current_index() < begin || object.current_index() >= end) {
      throw DataError("got no object or several, expected one object a line");
    }
    if (tokens_.rows() == most) tokens_.clear();
    od::document_reference document = *object;
    add_object(parser, document.get_object(), end - begin, unknown, tokens_);
    begin = end + 1;
  }
  if (begin < lines.size() || stream.truncated_bytes() != 0) {
    throw DataError("got no object or half of one, expected one object a line");
  }
} catch (const simdjson::simdjson_error& error) {
  refuse(error);
}

}  // namespace seqfeat::bench
