// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "run/jsonl_fields.hpp"
#include "run/row_batch.hpp"
#include "seqfeat/error.hpp"
#include "tests/fuzz/fuzz.hpp"
#include "tests/support/random.hpp"

// Lines of JSON by our own reader and by the JSON library: the same rows, or the same refusal.

namespace seqfeat::test {
namespace {

using run::JsonlWay;

const ParseSpec kSpec{{"b", DType::int8},
                      {"f", DType::float32},
                      {"i", DType::int64},
                      {"u", DType::uint64},
                      {"w", DType::string}};
const std::vector<std::string> kKeep{"k"};

/// A batch's features, and what was kept.
std::string dump(const run::RowBatch& batch) {
  std::string out = fuzz::dump(batch.features(), batch.rows());
  for (const Scalar& scalar : batch.kept(0)) {
    out += std::to_string(scalar.index()) + "=";
    if (const auto* text = std::get_if<std::string>(&scalar)) out += *text + ",";
    if (const auto* real = std::get_if<float>(&scalar)) out += std::to_string(*real) + ",";
    if (const auto* integer = std::get_if<std::int64_t>(&scalar)) {
      out += std::to_string(*integer) + ",";
    }
  }
  return out;
}

/// What reading `lines` one behind the other comes to: the rows, or the refusal of one.
std::string read(const std::vector<std::string>& lines, JsonlWay way) {
  const auto batch = run::make_jsonl_rows(kSpec, kKeep, way);
  for (const std::string& line : lines) {
    const std::vector<char> exact(line.begin(), line.end());
    try {
      batch->add({exact.data(), exact.size()});
    } catch (const DataError& refusal) {
      return std::string("refused: ") + refusal.what();
    }
  }
  return dump(*batch);
}

void expect_same(const std::vector<std::string>& lines) {
  EXPECT_EQ(read(lines, JsonlWay::plain_first), read(lines, JsonlWay::library)) << lines.back();
}

bool is_plain(std::string_view line) {
  run::JsonlFields fields(kSpec, kKeep);
  return run::read_plain_line(line, 0, fields);
}

/// Lines with all that the format allows, and some that it does not.
class Lines {
 public:
  explicit Lines(std::uint64_t seed) : random_(seed) {}

  std::string line() {
    std::string out = space() + "{";
    std::vector<std::string> members;
    if (!random_.once_in(4)) members.push_back(member("w", [this] { return string(); }));
    if (random_.once_in(3)) members.push_back(member("b", [this] { return integer(8); }));
    if (random_.once_in(3)) members.push_back(member("i", [this] { return integer(64); }));
    if (random_.once_in(3)) members.push_back(member("u", [this] { return natural(); }));
    if (random_.once_in(3)) members.push_back(member("f", [this] { return number(); }));
    if (!random_.once_in(50))
      members.push_back(name("k") + (random_.once_in(3) ? string() : number()));
    for (auto more = random_.between(-2, 2); more > 0; --more) {
      members.push_back(name("x" + std::to_string(more)) + any(0));
    }
    if (!members.empty() && random_.once_in(50)) members.push_back(members.front());
    for (std::size_t m = 0; m < members.size(); ++m) out += (m == 0 ? "" : ",") + members[m];
    return out + "}" + space();
  }
  /// The same with a byte more, less or another.
  std::string with_fault(std::string line) {
    const auto at = static_cast<std::size_t>(random_.between(0, std::ssize(line) - 1));
    constexpr std::string_view kBytes = "\"\\,:[]{}0-.eEu \x01\x7f\x80\xc3\xed\xff";
    const char byte =
        random_.once_in(8)
            ? static_cast<char>(random_.bits())
            : kBytes[static_cast<std::size_t>(random_.between(0, std::ssize(kBytes) - 1))];
    if (random_.once_in(3)) return line.erase(at, 1);
    if (random_.once_in(2)) return line.insert(at, 1, byte);
    line[at] = byte;
    return line;
  }

 private:
  std::string space() {
    return random_.once_in(4) ? random_.pick<std::string>({" ", "  ", "\t", "\r", " \r\n\t"}) : "";
  }
  std::string name(const std::string& key) {
    return space() + "\"" + key + "\"" + space() + ":" + space();
  }
  std::string string() {
    std::string out = "\"";
    for (auto size = random_.once_in(20) ? random_.between(0, 5000) : random_.between(0, 20);
         size > 0; --size) {
      out += random_.once_in(8)
                 ? random_.pick<std::string>({"\\\"", "\\\\", "\\/", "\\n", "\\u00e9", "\\u0000",
                                              "\\uFFFF", "\\ud83d\\uDE00", "é", "日", "😀", "\x7f"})
                 : std::string(1, random_.pick({'a', 'Z', '0', ' ', ',', ']', '}', '\''}));
    }
    return out + "\"";
  }
  std::string integer(int bits) {
    const std::int64_t value =
        static_cast<std::int64_t>(random_.bits()) >> (64 - bits + random_.between(0, bits - 1));
    return random_.once_in(30) ? number() : std::to_string(value);
  }
  std::string natural() { return random_.once_in(30) ? "-1" : std::to_string(random_.integer()); }
  std::string number() {
    if (random_.once_in(30)) {
      return random_.pick<std::string>({"1e999", "-1e-999", "1" + std::string(400, '0')});
    }
    return random_.pick<std::string>({"0", "1", "-7", "1.5", "-2.5e-3", "1E5", "9007199254740993.0",
                                      "9223372036854775807", "3e38"});
  }
  /// null, or a list of values, lists of them and holes.
  template <class Value>
  std::string member(const std::string& key, Value value) {
    if (random_.once_in(10)) return name(key) + "null";
    std::string out = name(key) + "[";
    const auto most = random_.once_in(10) ? 200 : 6;
    for (auto steps = random_.between(0, most), s = std::int64_t{0}; s < steps; ++s) {
      out += (s == 0 ? "" : space() + ",") + space();
      if (random_.once_in(10)) {
        out += random_.pick<std::string>({"null", "[]", "[ ]"});
      } else if (random_.once_in(6)) {
        out += "[" + value();
        for (auto more = random_.between(0, 3); more > 0; --more) out += space() + "," + value();
        out += space() + "]";
      } else {
        out += value();
      }
    }
    return out + space() + "]";
  }
  std::string any(int depth) {
    switch (random_.between(0, depth < 4 ? 6 : 3)) {
      case 0:
        return random_.pick<std::string>({"true", "false", "null"});
      case 1:
        return number();
      case 2:
      case 3:
        return string();
      case 4:
        return "{" + name("p") + any(depth + 1) + "," + name("q") + any(depth + 1) + "}";
      case 5:
        return "{}";
      default:
        return "[" + any(depth + 1) + space() + "," + any(depth + 1) + "]";
    }
  }

  Rng random_;
};

TEST(Jsonl, ReadsWhatTheLibraryReads) {
  Lines lines(1);
  int plain = 0;
  constexpr int kLines = 3000;
  for (int i = 0; i < kLines; ++i) {
    const std::string line = lines.line();
    plain += is_plain(line) ? 1 : 0;
    expect_same({R"({"w":["first"],"k":0})", line});
  }
  EXPECT_GT(plain, kLines / 2);
}

TEST(Jsonl, RefusesWhatTheLibraryRefuses) {
  Lines lines(2);
  for (int i = 0; i < 10'000; ++i) {
    expect_same({R"({"w":["first"],"k":0})", lines.with_fault(lines.line())});
  }
}

// The library takes it for the end of its input.
TEST(Jsonl, RefusesANulWhereverItStands) {
  const std::string line = R"({"w":["a"],"k":1})";
  for (std::size_t at = 0; at <= line.size(); ++at) {
    const std::string spoilt = std::string(line).insert(at, 1, '\0');
    EXPECT_NE(read({line, spoilt}, JsonlWay::plain_first).find("refused"), std::string::npos) << at;
    expect_same({line, spoilt});
  }
}

TEST(Jsonl, TakesUsualLinesItself) {
  for (const std::string line :
       {R"({})", R"( { } )", R"({"w":null})", R"({"w":[]})", R"({"w":["a",["b","c"],[],null]})",
        R"({"k":"a label é"})", R"({"k":-1.5e3,"w":["\u65e5\ud83d\ude00\\\""]})",
        R"({"i":[-9223372036854775808]})", R"({"u":[18446744073709551615]})",
        R"({"x":{"a":[1,{"a":2}],"b":"\n"},"y":0.1})"}) {
    EXPECT_TRUE(is_plain(line)) << line;
  }
}

TEST(Jsonl, LeavesToTheLibraryWhatIsUnusual) {
  for (const std::string line : {R"()",
                                 R"([])",
                                 R"({"w":["a"]} x)",
                                 R"({"w":["a"],"w":[]})",
                                 R"({"x":1,"x":2})",
                                 R"({"x":{"a":1,"a":2}})",
                                 R"({"w":["\ud83d"]})",
                                 R"({"w":["\u12g4"]})",
                                 R"({"w":["\x"]})",
                                 "{\"w\":[\"\x01\"]}",
                                 "{\"w\":[\"\xc3\"]}",
                                 R"({"w":["a)",
                                 R"({"w":["a",]})",
                                 R"({"w":"a"})",
                                 R"({"w":[1]})",
                                 R"({"i":[1.0]})",
                                 R"({"i":[01]})",
                                 R"({"i":[-0]})",
                                 R"({"i":[--1]})",
                                 R"({"i":[9223372036854775808]})",
                                 R"({"u":[-1]})",
                                 R"({"b":[128]})",
                                 R"({"k":1e400})",
                                 R"({"k":1e39})",
                                 R"({"k":01})",
                                 R"({"k":1.})",
                                 R"({"w\u0000":[]})",
                                 R"({"w":[[["a"]]]})"}) {
    EXPECT_FALSE(is_plain(line)) << line;
  }
}

TEST(Jsonl, LeavesNothingOfALineThatWasGivenUp) {
  // A key with an escape is left to the library, when the others have been read already.
  const std::string given_up = R"({"w":["c",["d"]],"i":[1],"k":2,"\u0078":0})";
  ASSERT_FALSE(is_plain(given_up));
  const std::vector<std::string> lines{R"({"w":["a","b"],"k":1})", given_up,
                                       R"({"w":["e"],"k":3})"};
  EXPECT_EQ(read(lines, JsonlWay::plain_first).find("refused"), std::string::npos);
  expect_same(lines);
}

TEST(Jsonl, TakesStringsOfAnyLength) {
  for (std::size_t size = 0; size < 5000; size += size < 40 ? 1 : 331) {
    const std::string word(size, 'x');
    const std::string line = R"({"w":[")" + word + R"(","a",")" + word + R"(é\n"],"k":1})";
    EXPECT_TRUE(is_plain(line)) << size;
    expect_same({line, line});
  }
}

TEST(Jsonl, GivesUpOnDeepNesting) {
  for (const int depth : {10, 31, 32, 62, 63, 64, 1000}) {
    const std::string opened(static_cast<std::size_t>(depth), '[');
    const std::string closed(static_cast<std::size_t>(depth), ']');
    expect_same({R"({"k":1,"x":)" + opened + closed + "}"});
  }
}

TEST(Jsonl, TakesNumbersOfEveryFormForFloats) {
  const ParseSpec spec{{"f", DType::float32}};
  for (const JsonlWay way : {JsonlWay::plain_first, JsonlWay::library}) {
    const auto batch = run::make_jsonl_rows(spec, {}, way);
    batch->add(R"({"f":[1, -2.5, 1e-3, [3, 4.5], [], null, 16777217, 18446744073709551615]})");
    const RaggedView view = batch->feature("f").view();
    std::vector<float> got;
    for (std::int64_t i = 0; i < view.value_count; ++i) {
      got.push_back(float_at(view.data, view.dtype, i));
    }
    EXPECT_EQ(got,
              (std::vector<float>{1, -2.5F, 1e-3F, 3, 4.5F, 16777216, 18446744073709551615.0F}));
    EXPECT_EQ(view.steps(), 8);
    for (const auto& [bad, why] :
         std::vector<std::pair<std::string, std::string>>{{R"({"f":["1"]})", "expected a number"},
                                                          {R"({"f":[true]})", "expected a number"},
                                                          {R"({"f":[1e39]})", "float32's range"},
                                                          {R"({"f":1.5})", "a list of steps"}}) {
      try {
        batch->add(bad);
        ADD_FAILURE() << bad;
      } catch (const DataError& error) {
        EXPECT_NE(std::string(error.what()).find(why), std::string::npos) << error.what();
      }
    }
    EXPECT_EQ(batch->rows(), 1);
  }
}

}  // namespace
}  // namespace seqfeat::test
