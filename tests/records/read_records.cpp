// SPDX-License-Identifier: Apache-2.0
// Reads records on stdin, each after its mode (one byte) and its size (four, little-endian), and
// prints a line of JSON for each: what was read, or why it was refused. Strings are hexadecimal.
//
//   mode bit 0: a SequenceExample, else an Example; bit 1: with a value of `k` to keep

#include <cmath>
#include <cstdint>
#include <cstring>
#include <iostream>
#include <iterator>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>
#include <vector>

#include "seqfeat/error.hpp"
#include "seqfeat/example.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace {

using namespace seqfeat;

const ParseSpec& spec() {
  static const ParseSpec kSpec{
      {"b", DType::int8}, {"i", DType::int64}, {"s", DType::string}, {"u", DType::uint64}};
  return kSpec;
}

std::string hex(std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text = "\"";
  for (const char byte : bytes) {
    const auto bits = static_cast<unsigned char>(byte);
    text += kDigits[bits >> 4U];
    text += kDigits[bits & 15U];
  }
  return text + '"';
}

std::string value(const RaggedView& view, std::int64_t i) {
  if (!is_integer(view.dtype)) return hex(fuzz::string_at(view, i));
  const std::int64_t number = fuzz::integer_at(view, i);
  return is_unsigned(view.dtype) ? std::to_string(static_cast<std::uint64_t>(number))
                                 : std::to_string(number);
}

/// `[a,b]` of the texts from `text(begin)` to `text(end - 1)`.
template <class Text>
std::string list(std::int64_t begin, std::int64_t end, const Text& text) {
  std::string out = "[";
  for (std::int64_t i = begin; i < end; ++i) {
    if (i > begin) out += ',';
    out += text(i);
  }
  return out + ']';
}

/// The only row: a list of steps, each a list of values.
std::string steps(const RaggedView& view) {
  return list(0, view.row_offsets[1], [&](std::int64_t s) {
    return list(view.first_value(s), view.first_value(s + 1),
                [&](std::int64_t i) { return value(view, i); });
  });
}

std::string kept(const Scalar& scalar) {
  return std::visit(
      [](const auto& value) -> std::string {
        using Value = std::decay_t<decltype(value)>;
        if constexpr (std::is_same_v<Value, float>) {
          if (std::isnan(value)) return R"({"float":"nan"})";
          std::uint32_t bits = 0;
          std::memcpy(&bits, &value, sizeof bits);
          return R"({"float":)" + std::to_string(bits) + '}';
        } else if constexpr (std::is_same_v<Value, std::int64_t>) {
          return std::to_string(value);
        } else {
          return hex(value);
        }
      },
      scalar);
}

std::string read(std::string_view record, bool sequence, bool keep) {
  ExampleParser parser(spec(), sequence ? RecordKind::sequence_example : RecordKind::example,
                       keep ? std::vector<std::string>{"k"} : std::vector<std::string>{});
  try {
    parser.add(record, 0);
  } catch (const DataError& refusal) {
    return R"({"refused":)" + hex(refusal.what()) + '}';
  }
  std::string out;
  const Features features = parser.features();
  for (const auto& [key, view] : features.views()) {
    validate(view, key);
    out += (out.empty() ? "{\"" : ",\"") + key + "\":" + steps(view);
  }
  if (keep) out += ",\"k\":" + kept(parser.kept(0)[0]);
  return out + '}';
}

}  // namespace

int main() {
  std::ios::sync_with_stdio(false);
  const std::string input{std::istreambuf_iterator<char>(std::cin), {}};
  for (std::size_t at = 0; at + 5 <= input.size();) {
    std::uint32_t size = 0;
    std::memcpy(&size, input.data() + at + 1, sizeof size);
    const auto mode = static_cast<unsigned char>(input[at]);
    std::cout << read(std::string_view(input).substr(at + 5, size), (mode & 1) != 0,
                      (mode & 2) != 0)
              << '\n';
    at += 5 + std::size_t{size};
  }
  return 0;
}
