// SPDX-License-Identifier: Apache-2.0
#include "seqfeat/example.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "seqfeat/error.hpp"
#include "tests/support/example_bytes.hpp"

namespace seqfeat::test {
namespace {

using Step = std::vector<std::string>;
using Row = std::vector<Step>;

std::string token(const RaggedView& view, std::int64_t i) {
  const auto* bytes = static_cast<const char*>(view.data);
  if (view.dtype == DType::string) {
    return {bytes + view.byte_offsets[i], bytes + view.byte_offsets[i + 1]};
  }
  std::uint64_t bits = 0;
  const std::int64_t size = size_of(view.dtype);
  std::memcpy(&bits, bytes + i * size, static_cast<std::size_t>(size));
  if (is_float(view.dtype)) return std::to_string(float_at(view.data, view.dtype, i));
  if (is_unsigned(view.dtype)) return std::to_string(bits);
  const std::int64_t unused = 64 - 8 * size;
  return std::to_string(static_cast<std::int64_t>(bits << unused) >> unused);
}

std::vector<Row> rows_of(const RaggedView& view) {
  validate(view, "feature");
  std::vector<Row> rows;
  for (std::int64_t r = 0; r < view.rows(); ++r) {
    Row& row = rows.emplace_back();
    for (std::int64_t s = view.row_offsets[r]; s < view.row_offsets[r + 1]; ++s) {
      Step& step = row.emplace_back();
      for (auto i = view.first_value(s); i < view.first_value(s + 1); ++i) {
        step.push_back(token(view, i));
      }
    }
  }
  return rows;
}

const ParseSpec kWords{{"w", DType::string}};
const ParseSpec kIds{{"i", DType::int64}};

/// The only feature of a row.
Row parse(const std::string& serialized, const ParseSpec& spec = kWords,
          RecordKind kind = RecordKind::example) {
  ExampleParser parser(spec, kind);
  parser.add(serialized, 0);
  return rows_of(parser.feature(spec.begin()->first).view()).at(0);
}

Row parse_sequence(const std::string& serialized, const ParseSpec& spec = kWords) {
  return parse(serialized, spec, RecordKind::sequence_example);
}

std::string complaint(const std::string& serialized, const ParseSpec& spec = kWords,
                      RecordKind kind = RecordKind::example, std::vector<std::string> keep = {}) {
  ExampleParser parser(spec, kind, std::move(keep));
  try {
    parser.add(serialized, 7);
  } catch (const DataError& error) {
    EXPECT_EQ(parser.rows(), 0);
    for (const auto& [key, dtype] : spec) EXPECT_EQ(parser.feature(key).rows(), 0);
    return error.what();
  }
  return "nothing";
}

TEST(Example, MakesEveryValueAStep) {
  EXPECT_EQ(parse(example({entry("w", strings({"a", "", "long enough"}))})),
            (Row{{"a"}, {""}, {"long enough"}}));
  EXPECT_EQ(parse(example({entry("i", integers({1, -1, 300}))}), kIds),
            (Row{{"1"}, {"-1"}, {"300"}}));
}

TEST(Example, MakesAnEmptyRowOfWhatIsMissing) {
  for (const std::string& serialized :
       {std::string(), example({}), example({entry("other", strings({"a"}))}),
        example({entry("w", "")}), example({entry("w", field(1, ""))}),
        example({field(1, field(1, "w"))})}) {
    EXPECT_EQ(parse(serialized), Row{});
  }
}

TEST(Example, TakesNumbersPackedAndNotInAnyMixture) {
  const std::string mixed = number_field(1, 5) + field(1, varint(6) + varint(7)) +
                            number_field(1, -8) + field(1, "") + field(1, varint(9));
  EXPECT_EQ(parse(example({entry("i", field(3, mixed))}), kIds),
            (Row{{"5"}, {"6"}, {"7"}, {"-8"}, {"9"}}));
}

TEST(Example, CountsTheLastEntryOfAKey) {
  const std::string old = entry("w", strings({"old"}));
  EXPECT_EQ(parse(example({old, entry("w", strings({"new"}))})), Row{{"new"}});
  EXPECT_EQ(parse(example({old}) + example({entry("w", strings({"new"}))})), Row{{"new"}});
  EXPECT_EQ(parse(example({old, entry("w", "")})), Row{});
  EXPECT_EQ(parse(example({entry("w", integers({1})), entry("w", strings({"new"}))})),
            Row{{"new"}});
  const ParseSpec bytes{{"i", DType::uint8}};
  EXPECT_EQ(parse(example({entry("i", integers({999})), entry("i", integers({9}))}), bytes),
            Row{{"9"}});
}

TEST(Example, JoinsWhatComesInParts) {
  const std::string parts = field(
      1, field(1, "w") + field(2, strings({"a"}) + strings({"b"})) + field(2, strings({"c"})));
  EXPECT_EQ(parse(field(1, parts)), (Row{{"a"}, {"b"}, {"c"}}));
}

TEST(Example, CountsTheLastKindOfAFeature) {
  const std::string ab = strings({"a"});
  EXPECT_EQ(parse(example({entry("w", integers({1}) + ab)})), Row{{"a"}});
  EXPECT_EQ(parse(example({entry("w", ab + integers({1}) + strings({"b"}) + strings({"c"}))})),
            (Row{{"b"}, {"c"}}));
  const std::string parts =
      field(1, field(1, "w") + field(2, ab) + field(2, integers({1}) + strings({"b"})));
  EXPECT_EQ(parse(field(1, parts)), Row{{"b"}});
  EXPECT_EQ(complaint(example({entry("w", ab + integers({1}))})),
            "record 7: w: got a list of int64, expected a list of strings");
}

TEST(Example, FindsKeyAndValueInAnyOrder) {
  EXPECT_EQ(parse(field(1, field(1, field(2, strings({"a"})) + field(1, "w")))), Row{{"a"}});
  EXPECT_EQ(parse(field(1, field(1, field(1, "x") + field(2, strings({"a"})) + field(1, "w")))),
            Row{{"a"}});
}

TEST(Example, SkipsUnknownFieldsEverywhere) {
  const std::string group = "\x1b" + std::string("\x23\x08\x05\x24") + number_field(9, 1) + "\x1c";
  const std::string unknown = number_field(15, 3) + field(16, "bytes") + "\x2d" + "1234" + "\x31" +
                              "12345678" + group + number_field(1, 4);
  const auto around = [&](const std::string& bytes) { return unknown + bytes + unknown; };
  const std::string list = around(field(1, "a"));
  const std::string feature = around(field(1, list));
  const std::string in_entry = around(field(1, "w") + field(2, feature));
  EXPECT_EQ(parse(around(field(1, around(field(1, in_entry))))), Row{{"a"}});
}

TEST(Example, TakesGroupsAHundredDeepAndNoDeeper) {
  const auto nested = [](std::size_t depth) {
    return std::string(depth, '\x1b') + std::string(depth, '\x1c');
  };
  EXPECT_EQ(parse(nested(100)), Row{});
  EXPECT_EQ(complaint(nested(101)), "record 7: malformed: groups are nested too deeply");
  EXPECT_EQ(complaint(nested(1'000'000)), "record 7: malformed: groups are nested too deeply");
}

TEST(Example, RefusesGroupsThatDoNotMatch) {
  EXPECT_EQ(complaint("\x1b"), "record 7: malformed: a group does not end");
  EXPECT_EQ(complaint("\x1c"), "record 7: malformed: a group ends that did not begin");
  EXPECT_EQ(complaint("\x1b\x24"), "record 7: malformed: a group ends that did not begin");
}

TEST(Example, RefusesTagsAndLengthsOfMoreThanFiveBytes) {
  const std::string more(4, '\x80');  // and a zero: bytes that add nothing
  const std::string zero(1, '\0');
  EXPECT_EQ(complaint("\x88" + more.substr(1) + zero + "\x05"), "nothing");
  EXPECT_EQ(complaint("\x88" + more + zero + "\x05"),
            "record 7: malformed: a field number is longer than five bytes");
  EXPECT_EQ(complaint("\x12\x81" + more.substr(1) + zero + "a"), "nothing");
  EXPECT_EQ(complaint("\x12\x81" + more + zero + "a"),
            "record 7: malformed: a length is longer than five bytes");
  EXPECT_EQ(complaint("\x08\x81" + more + zero), "nothing");  // a value may be as long
}

TEST(Example, RefusesMalformedBytesAlsoWhereNobodyAsked) {
  EXPECT_EQ(complaint("\x07"), "record 7: malformed: a field has the number 0");
  EXPECT_EQ(complaint("\x0e"), "record 7: malformed: a field has an unknown wire type");
  EXPECT_EQ(complaint("\x0a\x05"), "record 7: malformed: a length runs past the end");
  EXPECT_EQ(complaint("\x0a\xff\xff\xff\xff\x0f"),
            "record 7: malformed: a length runs past the end");
  EXPECT_EQ(complaint("\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"),
            "record 7: malformed: a length is longer than five bytes");
  EXPECT_EQ(complaint("\x08" + std::string(10, '\x80') + "\x01"),
            "record 7: malformed: a varint is longer than ten bytes");
  EXPECT_EQ(complaint(example({entry("\xff", "")})), "record 7: malformed: a key is not UTF-8");
  for (const char* first : {"\xff", "w"}) {  // of two keys in one entry
    const std::string second = first[0] == 'w' ? "\xff" : "w";
    const std::string two = field(1, field(1, first) + field(1, second) + field(2, strings({"a"})));
    EXPECT_EQ(complaint(example({two})), "record 7: malformed: a key is not UTF-8");
    EXPECT_EQ(complaint(lists({two}), kWords, RecordKind::sequence_example),
              "record 7: malformed: a key is not UTF-8");
  }
  EXPECT_EQ(complaint(example({entry("unasked", field(1, "\x0a\x05"))})),
            "record 7: unasked: malformed: a length runs past the end");
  EXPECT_EQ(complaint(example({entry("unasked", field(2, field(1, "12345")))})),
            "record 7: unasked: malformed: packed floats are cut");
  EXPECT_EQ(complaint(example({entry("unasked", field(3, field(1, "\x80")))})),
            "record 7: unasked: malformed: a varint is cut");
}

TEST(Example, RefusesEveryCutInsideAField) {
  const std::string whole = example({entry("w", strings({"a", "bc"}))});
  for (std::size_t size = 1; size < whole.size(); ++size) {
    EXPECT_NE(complaint(whole.substr(0, size)), "nothing") << size;
  }
}

TEST(Example, LooksAtTheKindOfWhatWasAskedForOnly) {
  EXPECT_EQ(complaint(example({entry("w", floats({1}))})),
            "record 7: w: got a list of floats, expected a list of strings");
  EXPECT_EQ(complaint(example({entry("w", field(3, ""))})),
            "record 7: w: got a list of int64, expected a list of strings");
  EXPECT_EQ(parse(example({entry("x", floats({1})), entry("w", strings({"a"}))})), Row{{"a"}});
}

TEST(Example, ReadsListsOfFloatsForNumbers) {
  const ParseSpec numbers{{"x", DType::float32}};
  const Row three = {{"1.500000"}, {"-2.000000"}, {"0.250000"}};
  EXPECT_EQ(parse(example({entry("x", floats({1.5F, -2, 0.25F}))}), numbers), three);
  EXPECT_EQ(
      parse(example({entry("x", floats({7})), entry("x", floats({1.5F, -2, 0.25F}))}), numbers),
      three)
      << "the last entry of a key counts";
  EXPECT_EQ(parse_sequence(lists({entry("x", list({floats({1.5F, -2}), floats({})}))}), numbers),
            (Row{{"1.500000", "-2.000000"}, {}}));
  EXPECT_EQ(parse(example({}), numbers), Row{});
  EXPECT_EQ(complaint(example({entry("x", integers({1}))}), numbers),
            "record 7: x: got a list of int64, expected a list of floats");
  EXPECT_EQ(complaint(example({entry("x", strings({"1"}))}), numbers),
            "record 7: x: got a list of strings, expected a list of floats");
}

TEST(Example, HoldsIntegersAgainstTheRangeOfTheirType) {
  using Limits = std::numeric_limits<std::int64_t>;
  struct Case {
    DType dtype;
    std::int64_t low, high;
  };
  for (const auto& [dtype, low, high] :
       {Case{DType::int8, -128, 127}, Case{DType::int16, -32768, 32767},
        Case{DType::int32, -2147483648, 2147483647},
        Case{DType::int64, Limits::min(), Limits::max()}, Case{DType::uint8, 0, 255},
        Case{DType::uint16, 0, 65535}, Case{DType::uint32, 0, 4294967295},
        Case{DType::uint64, 0, Limits::max()}}) {
    const ParseSpec spec{{"i", dtype}};
    EXPECT_EQ(parse(example({entry("i", integers({low, high}))}), spec),
              (Row{{std::to_string(low)}, {std::to_string(high)}}));
    for (const auto value : {low - (low > Limits::min()), high + (high < Limits::max())}) {
      if (value >= low && value <= high) continue;
      const std::string message = complaint(example({entry("i", integers({0, value}))}), spec);
      EXPECT_EQ(message.find("record 7: i: got " + std::to_string(value) + ", expected "), 0U)
          << message;
    }
  }
}

TEST(SequenceExample, MakesEveryFeatureAStep) {
  const std::string steps = list({strings({"a", "b"}), strings({}), strings({"c"}), ""});
  EXPECT_EQ(parse_sequence(lists({entry("w", steps)})), (Row{{"a", "b"}, {}, {"c"}, {}}));
  EXPECT_EQ(parse_sequence(lists({entry("i", list({integers({1}), integers({2})}))}), kIds),
            (Row{{"1"}, {"2"}}));
  EXPECT_EQ(parse_sequence(""), Row{});
}

TEST(SequenceExample, ReadsFeaturesFromItsListsOnly) {
  const std::string context = example({entry("w", integers({1}))});
  EXPECT_EQ(parse_sequence(context + lists({entry("w", list({strings({"a"})}))})), Row{{"a"}});
  EXPECT_EQ(parse_sequence(context), Row{});
}

TEST(SequenceExample, CountsTheLastKindOfAStepAndTheLastEntryOfAKey) {
  const std::string step = strings({"a"}) + integers({1}) + strings({"b"});
  const std::string good = entry("w", list({strings({"x"}), step}));
  EXPECT_EQ(parse_sequence(lists({good})), (Row{{"x"}, {"b"}}));
  EXPECT_EQ(parse_sequence(lists({good, entry("w", list({strings({"y"})}))})), Row{{"y"}});
  EXPECT_EQ(parse_sequence(lists({entry("w", list({integers({1})})), good})), (Row{{"x"}, {"b"}}));
  EXPECT_EQ(complaint(lists({entry("w", list({strings({"a"}), floats({1}), strings({"b"})}))}),
                      kWords, RecordKind::sequence_example),
            "record 7: w: got a list of floats, expected a list of strings");
}

TEST(SequenceExample, RefusesMalformedBytesAlsoWhereNobodyAsked) {
  EXPECT_EQ(complaint(lists({entry("unasked", field(1, field(1, "\x0a\x05")))}), kWords,
                      RecordKind::sequence_example),
            "record 7: unasked: malformed: a length runs past the end");
  EXPECT_EQ(complaint(field(1, "\x0a\x05"), kWords, RecordKind::sequence_example),
            "record 7: malformed: a length runs past the end");
}

TEST(ExampleParser, LeavesOutARowThatIsBadAndGoesOn) {
  const ParseSpec both{{"a", DType::string}, {"b", DType::int8}};
  ExampleParser parser(both, RecordKind::example, {"k"});
  const auto row = [](std::int64_t b) {
    return example(
        {entry("a", strings({"x", "y"})), entry("b", integers({b})), entry("k", floats({0.5F}))});
  };
  parser.add(row(1), 0);
  EXPECT_THROW(parser.add(row(1000), 1), DataError);
  EXPECT_THROW(parser.add(row(1) + "\x0a\x05", 2), DataError);
  EXPECT_THROW(parser.add(example({entry("a", strings({"z"}))}), 3), DataError);  // nothing to keep
  parser.add(row(2), 4);
  EXPECT_EQ(parser.rows(), 2);
  EXPECT_EQ(rows_of(parser.feature("a").view()),
            (std::vector<Row>{{{"x"}, {"y"}}, {{"x"}, {"y"}}}));
  EXPECT_EQ(rows_of(parser.feature("b").view()), (std::vector<Row>{{{"1"}}, {{"2"}}}));
  EXPECT_EQ(parser.kept(0), (std::vector<Scalar>{0.5F, 0.5F}));
  EXPECT_THROW((void)parser.feature("k"), InvalidArgument);
}

TEST(ExampleParser, BeginsAgainAfterClear) {
  ExampleParser parser(kWords, RecordKind::example, {"k"});
  parser.add(example({entry("w", strings({"a"})), entry("k", integers({1}))}), 0);
  parser.clear();
  EXPECT_EQ(parser.rows(), 0);
  EXPECT_TRUE(parser.kept(0).empty());
  parser.add(example({entry("w", strings({"b"})), entry("k", integers({2}))}), 1);
  EXPECT_EQ(rows_of(*parser.features().find("w")), (std::vector<Row>{{{"b"}}}));
  EXPECT_EQ(parser.kept(0), std::vector<Scalar>{std::int64_t{2}});
}

TEST(ExampleParser, KeepsOneNumberOfEachRecord) {
  ExampleParser parser(kWords, RecordKind::sequence_example, {"label", "label", "weight"});
  parser.add(example({entry("label", integers({-3})), entry("weight", floats({2.5F}))}), 0);
  parser.add(example({entry("weight", field(2, "\x0d" + std::string("\0\0\x80\x3f", 4))),
                      entry("label", integers({1, 2})), entry("label", integers({4}))}),
             1);
  EXPECT_EQ(parser.kept(0), (std::vector<Scalar>{std::int64_t{-3}, std::int64_t{4}}));
  EXPECT_EQ(parser.kept(1), parser.kept(0));
  EXPECT_EQ(parser.kept(2), (std::vector<Scalar>{2.5F, 1.0F}));
}

TEST(ExampleParser, KeepsStringsAsBytes) {
  ExampleParser parser(kWords, RecordKind::example, {"id"});
  const std::string bytes("\xff\0x", 3);
  parser.add(example({entry("id", strings({bytes}))}), 0);
  parser.add(example({entry("id", strings({""}))}), 1);
  EXPECT_EQ(parser.kept(0), (std::vector<Scalar>{bytes, std::string()}));
  EXPECT_THROW(parser.add(example({entry("id", integers({1}))}), 2), DataError);
}

// The type of what is kept is that of the rows that stay.
TEST(ExampleParser, ForgetsTheTypeOfARowThatIsCutBack) {
  ExampleParser parser(kWords, RecordKind::example, {"k"});
  parser.add(example({entry("k", floats({1}))}), 0);
  parser.cut_back(0);
  parser.add(example({entry("k", integers({1}))}), 1);
  parser.add(example({entry("k", integers({2}))}), 2);
  parser.cut_back(1);
  EXPECT_THROW(parser.add(example({entry("k", floats({1}))}), 3), DataError);
  parser.clear();
  EXPECT_THROW(parser.add(example({entry("k", floats({1}))}), 4), DataError);
  EXPECT_EQ(parser.rows(), 0);
}

TEST(ExampleParser, KnowsWhichFeaturesItHasSeen) {
  const ParseSpec spec{{"a", DType::string}, {"b", DType::int64}};
  ExampleParser parser(spec, RecordKind::example);
  parser.add(example({entry("a", strings({}))}), 0);
  EXPECT_TRUE(parser.has_seen("a")) << "be it empty";
  EXPECT_FALSE(parser.has_seen("b"));
  EXPECT_THROW(parser.add(example({entry("b", strings({"x"}))}), 1), DataError);
  EXPECT_FALSE(parser.has_seen("b")) << "nothing of a refused record is kept";
  parser.clear();
  EXPECT_TRUE(parser.has_seen("a"));
}

TEST(ExampleParser, SaysWhatCannotBeKept) {
  const auto kept = [](const std::string& serialized) {
    return complaint(serialized, kWords, RecordKind::example, {"k"});
  };
  const std::string expected = ", expected exactly one int64, float or string, to be kept";
  EXPECT_EQ(kept(""), "record 7: k: got no list" + expected);
  EXPECT_EQ(kept(example({entry("k", strings({"1", "2"}))})),
            "record 7: k: got 2 values" + expected);
  EXPECT_EQ(kept(example({entry("k", integers({}))})), "record 7: k: got 0 values" + expected);
  EXPECT_EQ(kept(example({entry("k", floats({1, 2}))})), "record 7: k: got 2 values" + expected);

  ExampleParser parser(kWords, RecordKind::example, {"k"});
  parser.add(example({entry("k", integers({1}))}), 0);
  parser.clear();
  EXPECT_THROW(parser.add(example({entry("k", floats({1}))}), 1), DataError);
  parser.add(example({entry("k", integers({2}))}), 2);
  EXPECT_EQ(parser.rows(), 1);
}

TEST(ParseExample, NamesTheRowAndOwnsWhatItReturns) {
  std::vector<std::string> rows{example({entry("w", strings({"a"}))}), "",
                                example({entry("w", strings({"b", "c"}))})};
  const Features features = parse_example(rows, kWords);
  const std::vector<Row> expected{{{"a"}}, {}, {{"b"}, {"c"}}};
  rows[1] = "\x0a";
  try {
    (void)parse_example(rows, kWords);
    FAIL() << "no complaint";
  } catch (const DataError& error) {
    EXPECT_STREQ(error.what(), "record 1: malformed: a varint is cut");
  }
  rows.clear();
  EXPECT_EQ(rows_of(*features.find("w")), expected);
  EXPECT_EQ(rows_of(*parse_sequence_example({}, kWords).find("w")), std::vector<Row>{});
}

}  // namespace
}  // namespace seqfeat::test
