// SPDX-License-Identifier: Apache-2.0
#include "run/text.hpp"

#include <cmath>
#include <cstdint>

#include "backend/concat.hpp"
#include "backend/text.hpp"
#include "seqfeat/error.hpp"
#include "spec/json_text.hpp"
#include "spec/utf8.hpp"

namespace seqfeat::run {
namespace {

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    out += byte >= 0x20 && byte < 0x7f ? std::string(1, c) : "\\x" + hex_of(byte);
  }
  return out;
}

/// Adds the number that `text` spells, if it does.
template <class Integer>
bool add_number_in(Ragged& batch, std::string_view text) {
  const auto number = detail::number_in<Integer>(text);
  if (number) batch.add_value(*number);
  return number.has_value();
}

}  // namespace

std::string quoted(std::string_view text) {
  constexpr std::size_t kLongest = 48;
  return "'" + escaped(text.substr(0, kLongest)) + (text.size() > kLongest ? "…'" : "'");
}

std::string utf8_or_escaped(std::string_view text) {
  return is_utf8(text) ? std::string(text) : escaped(text);
}

std::string json_list(const std::vector<std::string>& items) {
  std::string text = "[";
  for (const std::string& item : items) text += (text.size() > 1 ? "," : "") + json_string(item);
  return text + "]";
}

void add_text(Ragged& batch, std::string_view text) {
  if (batch.dtype() == DType::string) return batch.add_value(text);
  if (is_float(batch.dtype())) {
    const auto number = detail::number_in<double>(text);
    if (number && std::isfinite(static_cast<float>(*number))) return batch.add_number(*number);
    throw DataError(detail::concat("got ", quoted(text), ", expected a number in float32's range"));
  }
  try {
    // from_chars takes no sign for unsigned types; "-0" is still a zero.
    const bool natural = is_unsigned(batch.dtype()) && !text.starts_with('-');
    if (natural ? add_number_in<std::uint64_t>(batch, text)
                : add_number_in<std::int64_t>(batch, text)) {
      return;
    }
  } catch (const DataError&) {  // outside the type's range
  }
  throw DataError(detail::concat("got ", quoted(text),
                                 ", expected an integer (-?[0-9]+) in the range of ",
                                 to_string(batch.dtype())));
}

}  // namespace seqfeat::run
