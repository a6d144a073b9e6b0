// SPDX-License-Identifier: Apache-2.0
#include "run/arrow_row_bytes.hpp"

#include <cmath>
#include <cstring>
#include <span>
#include <type_traits>

#include "backend/concat.hpp"
#include "seqfeat/error.hpp"

namespace seqfeat::run {
namespace {

using detail::concat;

enum class Kind : std::int64_t { strings, integers, naturals, numbers };

/// What stands in front of a column. Behind it the sizes of steps, unless all are one; those of
/// strings; and the values, of 8 bytes each, or the strings, filled up to a multiple of 8.
struct Head {
  Kind kind;
  std::int64_t steps;
  std::int64_t values;
  std::int64_t bytes;  ///< Of strings.
  std::int64_t ones;   ///< 1 if every step has one value.
};

constexpr std::int64_t padded(std::int64_t bytes) {
  return (bytes + 7) / 8 * 8;
}

/// Only uint64 has integers that are no int64.
Kind kind_of(DType dtype) {
  if (is_float(dtype)) return Kind::numbers;
  if (dtype == DType::uint64) return Kind::naturals;
  return is_integer(dtype) ? Kind::integers : Kind::strings;
}

template <class Number>
char* put(char* to, Number number) {
  static_assert(sizeof(Number) == 8);
  std::memcpy(to, &number, sizeof number);
  return to + sizeof number;
}

template <class Number>
Number get(std::string_view& from) {
  Number number;
  std::memcpy(&number, from.data(), sizeof number);
  from.remove_prefix(sizeof number);
  return number;
}

std::string_view take(std::string_view& from, std::int64_t bytes) {
  const std::string_view taken = from.substr(0, static_cast<std::size_t>(bytes));
  from.remove_prefix(taken.size());
  return taken;
}

void put_values(char* to, const RaggedView& view, std::int64_t begin, std::int64_t end) {
  if (view.dtype == DType::string) {
    const Offsets& offsets = view.byte_offsets;
    for (std::int64_t v = begin; v < end; ++v) to = put(to, offsets[v + 1] - offsets[v]);
    if (begin == end) return;
    const auto bytes = static_cast<std::size_t>(offsets[end] - offsets[begin]);
    if (bytes > 0) std::memcpy(to, static_cast<const char*>(view.data) + offsets[begin], bytes);
  } else if (is_float(view.dtype)) {
    for (std::int64_t v = begin; v < end; ++v) {
      to = put(to, double{view.dtype == DType::float64 ? static_cast<const double*>(view.data)[v]
                                                       : static_cast<const float*>(view.data)[v]});
    }
  } else {
    for (std::int64_t v = begin; v < end; ++v) to = put(to, integer_at(view.data, view.dtype, v));
  }
}

/// A column in the bytes of a row.
struct Column {
  Head head;
  std::string_view steps;
  std::string_view sizes;
  std::string_view data;

  explicit Column(std::string_view& row) : head(get<Head>(row)) {
    if (head.ones == 0) steps = take(row, 8 * head.steps);
    const bool strings = head.kind == Kind::strings;
    if (strings) sizes = take(row, 8 * head.values);
    data = take(row, strings ? padded(head.bytes) : 8 * head.values);
  }

  std::string_view next_string() { return take(data, get<std::int64_t>(sizes)); }
};

/// A number of float32's range, or an infinity or NaN.
double in_float32(double number) {
  if (!std::isfinite(number) || std::isfinite(static_cast<float>(number))) return number;
  throw DataError(concat("got ", number, ", expected a number in float32's range"));
}

template <class Integer>
void add(Ragged& to, Integer integer) {
  return is_float(to.dtype()) ? to.add_number(static_cast<double>(integer)) : to.add_value(integer);
}

void add_next(Column& column, Ragged& to) {
  switch (column.head.kind) {
    case Kind::strings:
      return to.add_value(column.next_string());
    case Kind::numbers:
      return to.add_number(in_float32(get<double>(column.data)));
    case Kind::integers:
      return add(to, get<std::int64_t>(column.data));
    case Kind::naturals:
      return add(to, get<std::uint64_t>(column.data));
  }
}

/// Adds a row of steps of one value at once, if its values can be taken as they are.
bool add_all(Column& column, Ragged& to) {
  const auto count = static_cast<std::size_t>(column.head.values);
  if (column.head.kind == Kind::strings) {
    const Ragged::StringRoom room =
        to.string_room(count, static_cast<std::size_t>(column.head.bytes));
    std::int64_t end = room.begin;
    for (std::size_t v = 0; v < count; ++v) room.ends[v] = end += get<std::int64_t>(column.sizes);
    const auto bytes = static_cast<std::size_t>(column.head.bytes);
    if (bytes > 0) std::memcpy(room.bytes, column.data.data(), bytes);
    to.add_written(count, bytes);
  } else if (column.head.kind == Kind::integers && to.dtype() == DType::int64) {
    to.add_integers({reinterpret_cast<const std::int64_t*>(column.data.data()), count});
  } else {
    return false;
  }
  to.end_steps();
  return true;
}

}  // namespace

void append_column(std::string& to, const RaggedView& view, std::int64_t row) {
  const std::int64_t begin = view.row_offsets[row];
  const std::int64_t end = view.row_offsets[row + 1];
  const std::int64_t first = view.first_value(begin);
  const std::int64_t last = view.first_value(end);
  const auto size_of_step = [&](std::int64_t s) {
    return view.first_value(s + 1) - view.first_value(s);
  };
  Head head{kind_of(view.dtype), end - begin, last - first, 0, 1};
  if (head.kind == Kind::strings && first < last) {
    head.bytes = view.byte_offsets[last] - view.byte_offsets[first];
  }
  if (!view.step_offsets.absent() || view.values_per_step != 1) {
    for (std::int64_t s = begin; s < end && head.ones == 1; ++s) head.ones = size_of_step(s) == 1;
  }
  const std::int64_t numbers = head.values + (head.ones == 1 ? 0 : head.steps);
  const std::size_t before = to.size();
  to.resize(before + sizeof head + static_cast<std::size_t>(8 * numbers + padded(head.bytes)));
  char* at = to.data() + before;
  std::memcpy(at, &head, sizeof head);
  at += sizeof head;
  for (std::int64_t s = begin; s < end && head.ones == 0; ++s) at = put(at, size_of_step(s));
  put_values(at, view, first, last);
}

void read_column(std::string_view& row, Ragged& to) {
  Column column(row);
  if (column.head.ones == 0 || !add_all(column, to)) {
    for (std::int64_t s = 0; s < column.head.steps; ++s) {
      const std::int64_t values = column.head.ones == 1 ? 1 : get<std::int64_t>(column.steps);
      for (std::int64_t v = 0; v < values; ++v) add_next(column, to);
      to.end_step();
    }
  }
  to.end_row();
}

Scalar read_scalar(std::string_view& row) {
  Column column(row);
  const auto refuse = [](const auto& got, const char* what) {
    throw DataError(concat("got ", got, what, ", expected one int64, float or string to keep"));
  };
  if (column.head.values != 1) refuse(column.head.values, " values");
  if (column.head.kind == Kind::strings) return std::string(column.next_string());
  if (column.head.kind == Kind::numbers) {
    return static_cast<float>(in_float32(get<double>(column.data)));
  }
  const auto integer = get<std::int64_t>(column.data);
  if (column.head.kind == Kind::naturals && integer < 0) {
    refuse(static_cast<std::uint64_t>(integer), "");
  }
  return integer;
}

}  // namespace seqfeat::run
