// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <vector>

#include "seqfeat/error.hpp"
#include "seqfeat/example.hpp"
#include "spec/utf8.hpp"
#include "tests/support/example_bytes.hpp"
#include "tests/support/random.hpp"

// Records with faults at every level, held against protobuf's rules said as plainly as can be:
// every message is first a list of fields, and parts of a message are joined before they are looked
// at.

namespace seqfeat::test {
namespace {

struct Field {
  std::uint64_t number;
  std::uint64_t type;
  std::string bytes;  // of type 2 and 5
  std::uint64_t value = 0;
};
using Fields = std::vector<Field>;
using Tokens = std::vector<std::string>;

/// Reads by taking characters off the front; `bad` once there were too few.
struct Reader {
  std::string rest;
  bool bad = false;

  std::string take(std::uint64_t count) {
    if (count > rest.size()) bad = true;
    const std::string taken = rest.substr(0, count);
    rest.erase(0, count);
    return taken;
  }
  std::uint64_t number(unsigned longest = 10) {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 7 * longest; shift += 7) {
      const std::string byte = take(1);
      if (bad) return 0;
      const auto bits = static_cast<unsigned char>(byte[0]);
      if (shift < 64) value |= std::uint64_t{bits & 0x7fU} << shift;
      if (bits < 0x80) return value;
    }
    bad = true;
    return 0;
  }
};

Field field_of(Reader& in, std::vector<std::uint64_t>& groups) {
  const std::uint64_t tag = in.number(5);
  Field field{tag >> 3, tag & 7, {}};
  if (tag > 0xffffffffU || field.number == 0) in.bad = true;
  if (field.type == 0) field.value = in.number();
  if (field.type == 1) field.bytes = in.take(8);
  if (field.type == 2) field.bytes = in.take(in.number(5));
  if (field.type == 5) field.bytes = in.take(4);
  if (field.type > 5) in.bad = true;
  if (field.type == 3) groups.push_back(field.number);
  if (groups.size() > 100) in.bad = true;
  if (field.type == 4) {
    if (groups.empty() || groups.back() != field.number) {
      in.bad = true;
    } else {
      groups.pop_back();
    }
  }
  return field;
}

/// The fields of a message outside groups, or nothing if it is malformed.
std::optional<Fields> fields_of(const std::string& message) {
  Reader in{message};
  Fields fields;
  std::vector<std::uint64_t> groups;
  while (!in.rest.empty() && !in.bad) {
    const bool inside = !groups.empty();
    Field field = field_of(in, groups);
    if (!inside && field.type != 3 && field.type != 4) fields.push_back(std::move(field));
  }
  if (in.bad || !groups.empty()) return std::nullopt;
  return fields;
}

/// The values of a list of one of the three kinds, as text, or nothing if it is malformed.
std::optional<Tokens> values_of(std::uint64_t kind, const std::string& list) {
  const auto fields = fields_of(list);
  if (!fields) return std::nullopt;
  Tokens tokens;
  const auto add = [&](std::uint64_t bits) {
    tokens.push_back(std::to_string(static_cast<std::int64_t>(bits)));
  };
  for (const Field& field : *fields) {
    if (field.number != 1) continue;
    if (kind == 1 && field.type == 2) tokens.push_back(field.bytes);
    if (kind == 2 && field.type == 2 && field.bytes.size() % 4 != 0) return std::nullopt;
    if (kind == 3 && field.type == 0) add(field.value);
    if (kind == 3 && field.type == 2) {
      Reader in{field.bytes};
      while (!in.rest.empty() && !in.bad) add(in.number());
      if (in.bad) return std::nullopt;
    }
  }
  return tokens;
}

struct Feature {
  std::uint64_t kind = 0;
  Tokens values;
};

std::optional<Feature> feature_of(const Fields& entry) {
  Feature feature;
  for (const Field& part : entry) {
    if (part.number != 2 || part.type != 2) continue;
    const auto lists = fields_of(part.bytes);
    if (!lists) return std::nullopt;
    for (const Field& list : *lists) {
      if (list.type != 2 || list.number > 3) continue;
      const auto values = values_of(list.number, list.bytes);
      if (!values) return std::nullopt;
      if (feature.kind != list.number) feature = {list.number, {}};
      feature.values.insert(feature.values.end(), values->begin(), values->end());
    }
  }
  return feature;
}

/// The values of `key` in an Example, or nothing if it must be refused.
std::optional<Tokens> expected(const std::string& record, std::string_view key,
                               std::uint64_t kind) {
  Feature last;
  const auto example = fields_of(record);
  if (!example) return std::nullopt;
  for (const Field& features : *example) {
    if (features.number != 1 || features.type != 2) continue;
    const auto map = fields_of(features.bytes);
    if (!map) return std::nullopt;
    for (const Field& pair : *map) {
      if (pair.number != 1 || pair.type != 2) continue;
      const auto entry = fields_of(pair.bytes);
      if (!entry) return std::nullopt;
      std::string name;
      for (const Field& field : *entry) {
        if (field.number != 1 || field.type != 2) continue;
        name = field.bytes;
        if (utf8_prefix(name) != name.size()) return std::nullopt;
      }
      const auto feature = feature_of(*entry);
      if (!feature) return std::nullopt;
      if (name == key) last = *feature;
    }
  }
  if (last.kind != 0 && last.kind != kind) return std::nullopt;
  return last.values;
}

/// Changes a few bytes; those that mean something on the wire are the likeliest to come.
std::string mutate(Rng& rng, std::string text) {
  for (std::int64_t n = rng.between(1, 3); n > 0; --n) {
    const auto at = static_cast<std::size_t>(rng.between(0, std::ssize(text)));
    const auto telling = static_cast<char>(rng.pick<int>(
        {0, 1, 2, 8, 9, 10, 11, 12, 13, 18, 26, 0x1b, 0x1c, 62, 63, 64, 127, 0x80, 0x81, 0xff}));
    const char byte = rng.once_in(4) ? static_cast<char>(rng.bits()) : telling;
    switch (rng.between(0, 4)) {
      case 0:
        text.insert(at, 1, byte);
        break;
      case 1:
        text.erase(at, static_cast<std::size_t>(rng.between(0, 3)));
        break;
      case 2:
        text.insert(at, text.substr(at / 2, static_cast<std::size_t>(rng.between(0, 80))));
        break;
      default:
        if (at < text.size()) text[at] = byte;
    }
  }
  return text;
}

/// Like the records of natural text: most tokens are short.
std::string a_list(Rng& rng, bool strings) {
  std::string list;
  const std::int64_t longest = rng.pick({1, 3, 8, 12, 40, 200});
  for (std::int64_t n = rng.between(0, 60); n > 0; --n) {
    if (strings) {
      std::string token = rng.bytes(rng.between(0, longest));
      if (!rng.once_in(8)) std::replace(token.begin(), token.end(), '\n', 'n');
      list += field(1, token);
    } else {
      list += varint(rng.once_in(3) ? rng.integer() : rng.bits() % 200);
    }
  }
  return strings ? list : field(1, list);
}

/// A record with a fault at one level; the lengths around it are right.
std::string a_record(Rng& rng, bool strings) {
  const std::int64_t level = rng.between(0, 5);  // 5: none
  std::string text = a_list(rng, strings);
  const auto at = [&](std::int64_t here) {
    if (here == level) text = mutate(rng, text);
  };
  at(0);
  text = field(strings ? 1 : 3, text);
  at(1);
  text = field(1, "w") + field(2, text);
  if (rng.once_in(8)) text = field(1, "w") + field(2, field(1, field(1, "x"))) + text;
  at(2);
  text = field(1, text);
  if (rng.once_in(8)) text += field(1, field(1, "other") + field(2, field(2, "")));
  at(3);
  text = field(1, text);
  at(4);
  return text;
}

Tokens last_row(const RaggedView& view) {
  Tokens tokens;
  for (auto i = view.row_offsets[view.rows() - 1]; i < view.row_offsets[view.rows()]; ++i) {
    if (is_integer(view.dtype)) {
      tokens.push_back(std::to_string(integer_at(view.data, view.dtype, i)));
    } else {
      const auto* bytes = static_cast<const char*>(view.data);
      tokens.emplace_back(bytes + view.byte_offsets[i], bytes + view.byte_offsets[i + 1]);
    }
  }
  return tokens;
}

/// Adds mutated records to one parser and counts those that were accepted.
std::int64_t accepted_of(std::int64_t count, DType dtype) {
  const bool strings = dtype == DType::string;
  ExampleParser parser({{"w", dtype}}, RecordKind::example);
  Rng rng(strings ? 1 : 2);
  std::int64_t accepted = 0;
  for (std::int64_t n = 0; n < count; ++n) {
    const std::string record = a_record(rng, strings);
    const auto tokens = expected(record, "w", strings ? 1 : 3);
    if (parser.rows() == 64) parser.clear();
    const RaggedView before = parser.feature("w").view();
    bool taken = true;
    try {
      parser.add(record, n);
    } catch (const DataError&) {
      taken = false;
    }
    const RaggedView after = parser.feature("w").view();
    EXPECT_EQ(taken, tokens.has_value()) << n;
    if (taken) {
      EXPECT_EQ(last_row(after), tokens.value_or(Tokens{})) << n;
      validate(after, "w");
      ++accepted;
    } else {
      EXPECT_EQ(after.rows(), before.rows()) << n;
      EXPECT_EQ(after.value_count, before.value_count) << n;
      EXPECT_EQ(after.bytes, before.bytes) << n;
      EXPECT_TRUE(after.step_offsets.absent()) << n;
    }
    if (testing::Test::HasFailure()) break;
  }
  return accepted;
}

TEST(MutatedExamples, OfStringsAreReadByProtobufsRules) {
  const std::int64_t accepted = accepted_of(80'000, DType::string);
  EXPECT_GT(accepted, 20'000);
  EXPECT_LT(accepted, 70'000);
}

TEST(MutatedExamples, OfIntegersAreReadByProtobufsRules) {
  const std::int64_t accepted = accepted_of(40'000, DType::int64);
  EXPECT_GT(accepted, 10'000);
  EXPECT_LT(accepted, 35'000);
}

}  // namespace
}  // namespace seqfeat::test
