// SPDX-License-Identifier: Apache-2.0
// The reader and the exporter for check.py, which calls them through ctypes. Answers are JSON.

#include <algorithm>
#include <chrono>
#include <cstring>
#include <exception>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "seqfeat/arrow.hpp"
#include "seqfeat/error.hpp"
#include "tests/arrow/rows.hpp"

#define SEQFEAT_CALLED extern "C" __attribute__((visibility("default")))

namespace {

using namespace seqfeat;

std::string quoted(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte < 0x7f && c != '"' && c != '\\') {
      out += c;
    } else {
      out += "\\u00";
      out += {kDigits[byte >> 4], kDigits[byte & 15]};
    }
  }
  return out + '"';
}

/// Nested lists as JSON; integers as numbers, each byte of a string as one character.
std::string json_of(const RaggedView& view) {
  std::string out = "[";
  const auto next = [&](std::string_view text) {
    if (out.back() != '[') out += ',';
    out += text;
  };
  for (const auto& row : test::rows_of(view)) {
    next("[");
    for (const auto& step : row) {
      next("[");
      for (const std::string& token : step) next(is_integer(view.dtype) ? token : quoted(token));
      out += ']';
    }
    out += ']';
  }
  return out + ']';
}

std::string json_of(const ArrowTable& table, std::string_view key) {
  const ArrowColumn column = table.column(key);
  std::string out = R"({"rows": )" + json_of(column.view);
  out += R"(, "dtype": )" + quoted(to_string(column.view.dtype));
  out += R"(, "depth": )" + std::to_string(column.depth);
  out += R"(, "copied": )" + std::string(column.copied ? "true" : "false");
  if (const auto dictionary = table.dictionary(key)) {
    out += R"(, "indices": )" + json_of(dictionary->indices.view);
    out += R"(, "entries": )" + json_of(dictionary->entries.view);
  }
  return out + "}";
}

/// What `act` answers, or the error that it throws. The text lives until the thread's next call.
template <class Act>
const char* answer(const Act& act) {
  thread_local std::string text;
  try {
    text = act();
  } catch (const std::exception& error) {
    text = R"({"error": )" + quoted(error.what()) + "}";
  }
  return text.c_str();
}

/// The median time of calls of `act`, in seconds.
template <class Act>
double seconds_of(int calls, const Act& act) {
  std::vector<double> times;
  for (int i = 0; i < calls; ++i) {
    const auto start = std::chrono::steady_clock::now();
    act();
    times.push_back(
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  }
  std::nth_element(times.begin(), times.begin() + calls / 2, times.end());
  return times[static_cast<std::size_t>(calls) / 2];
}

}  // namespace

SEQFEAT_CALLED const char* read_array(ArrowSchema* schema, ArrowArray* array, const char* key) {
  return answer([&] { return json_of(ArrowTable(schema, array), key); });
}

SEQFEAT_CALLED const char* read_stream(ArrowArrayStream* stream, const char* key) {
  return answer([&] { return json_of(ArrowTable(stream), key); });
}

/// Reads a column and exports what was read.
SEQFEAT_CALLED const char* round_trip(ArrowArrayStream* stream, const char* key,
                                      ArrowSchema* schema, ArrowArray* array) {
  return answer([&] {
    const ArrowColumn column = ArrowTable(stream).column(key);
    export_arrow(column.view, column.memory, schema, array);
    return "{}";
  });
}

/// How long it takes to read a column, and to copy its tokens' bytes.
SEQFEAT_CALLED const char* measure(ArrowArrayStream* stream, const char* key) {
  return answer([&] {
    const ArrowTable table(stream);
    const ArrowColumn column = table.column(key);
    const RaggedView& view = column.view;
    const std::int64_t first = is_integer(view.dtype) ? 0 : view.byte_offsets[0];
    const auto size = static_cast<std::size_t>(
        is_integer(view.dtype) ? view.value_count * size_of(view.dtype) : view.bytes - first);
    constexpr int kCalls = 21;
    const double reading = seconds_of(kCalls, [&] { static_cast<void>(table.column(key)); });
    const auto* const bytes = static_cast<const char*>(view.data) + first;
    const double copying = seconds_of(kCalls, [&] {  // to new memory, as a reader would
      const auto copy = std::make_unique_for_overwrite<std::byte[]>(size);
      std::memcpy(copy.get(), bytes, size);
      asm volatile("" : : "r"(copy.get()) : "memory");
    });
    return R"({"tokens": )" + std::to_string(view.value_count) + R"(, "bytes": )" +
           std::to_string(size) + R"(, "reading": )" + std::to_string(reading * 1e9) +
           R"(, "copying": )" + std::to_string(copying * 1e9) + "}";
  });
}
