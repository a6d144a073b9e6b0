// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "tests/cli/process.hpp"
#include "tests/support/compress.hpp"
#include "tests/support/example_bytes.hpp"
#include "tests/support/record_bytes.hpp"

// Bad input through the program: what a file holds, the exit code, what the message must say.

namespace seqfeat::test {
namespace {

/// A spec of two columns, of which `more` says the rest.
std::string spec(const std::string& more = "", const std::string& dtype = "string") {
  const std::string column = R"({"type": "embedding_column", "dimension": 3,)"
                             R"( "categorical_column": {"hash_bucket_size": 100,)"
                             R"( "type": "sequence_categorical_column_with_hash_bucket", "key": )";
  return R"({"columns": [)" + column + R"("a", "dtype": ")" + dtype + R"("}}, )" + column +
         R"("b"}}])" + more + "}";
}

std::string tensors(const std::string& header, const std::string& data) {
  return little_endian(std::uint64_t{header.size()}) + header + data;
}
std::string table(const std::string& name, int rows, int dim) {
  const std::string bytes(static_cast<std::size_t>(4 * rows * dim), '\0');
  return tensors("{\"" + name + R"(":{"dtype":"F32","shape":[)" + std::to_string(rows) + "," +
                     std::to_string(dim) + "],\"data_offsets\":[0," + std::to_string(bytes.size()) +
                     "]}}",
                 bytes);
}

struct BadRun {
  std::string what;
  int code;
  std::vector<std::string> words;
  std::string input = "{\"a\": [\"x\"], \"b\": [\"y\"]}\n";
  std::string name = "in.jsonl";
  std::string spec_text = spec();
  std::string tables = "";  ///< What t.safetensors holds; empty: there is none.
  std::vector<std::string> more = {};
};

void PrintTo(const BadRun& bad, std::ostream* out) {
  *out << bad.what;
}

std::vector<BadRun> bad_runs() {
  const std::string good = example({entry("a", strings({"x"})), entry("b", strings({"y"}))});
  const std::string wrong = example({entry("a", floats({1})), entry("b", strings({"y"}))});
  const std::string uneven = example({entry("a", strings({"x", "z"})), entry("b", strings({"y"}))});
  std::string damaged = framed(good) + framed(good);
  damaged.back() = static_cast<char>(damaged.back() ^ 1);
  const std::string both = R"({"a_embedding":{"dtype":"F32","shape":[100,3],)"
                           R"("data_offsets":[0,1200]},"b_embedding":{"dtype":"F32",)"
                           R"("shape":[100,3],"data_offsets":[600,1800]}})";
  const std::string vast = R"(, "padding": "max_length", "max_length": )";
  const std::string line = "{\"a\": [\"x\"], \"b\": [\"y\"]}\n";
  const std::string third = "in.jsonl:3: ";
  return {
      {"a record that is cut",
       3,
       {"in.tfrecord: byte 0", "cut"},
       framed(good).substr(0, 20),
       "in.tfrecord"},
      {"a wrong checksum", 3, {"in.tfrecord: byte ", "CRC"}, damaged, "in.tfrecord"},
      {"a length of 2 to the 64 - 1",
       3,
       {"in.tfrecord: byte 0", "18446744073709551615"},
       framed(~std::uint64_t{0}, "x"),
       "in.tfrecord"},
      {"a length of a terabyte",
       3,
       {"in.tfrecord: byte 0", "1099511627776"},
       framed(std::uint64_t{1} << 40, "x"),
       "in.tfrecord"},
      {"text for records",
       3,
       {"in.tfrecord: byte 0", "CRC"},
       "no records at all, but text",
       "in.tfrecord"},
      {"a gzip file that is cut",
       3,
       {"in.tfrecord.gz: ", "cut"},
       compress(framed(good), kGzip).substr(0, 30),
       "in.tfrecord.gz"},
      {"a record that is no example",
       3,
       {"in.tfrecord:1: ", "malformed", "past the end"},
       framed(good) + framed("\x0a\x7fx"),
       "in.tfrecord"},
      {"a feature of the wrong kind",
       3,
       {"in.tfrecord:1: ", "a: got a list of floats"},
       framed(good) + framed(wrong),
       "in.tfrecord"},
      {"rows of unequal lengths",
       3,
       {"in.tfrecord:1: ", "'a_embedding' has 2", "'b_embedding' has 1"},
       framed(good) + framed(uneven),
       "in.tfrecord"},
      {"a line that is no JSON",
       3,
       {third, "malformed JSON at byte"},
       line + line + "{\"a\": [}\n"},
      {"a line with a NUL", 3, {third, "NUL"}, line + line + std::string("{}\0x\n", 5)},
      {"an integer out of range",
       3,
       {"in.jsonl:1: a: got 128", "int8"},
       R"({"a": [128], "b": [""]})",
       "in.jsonl",
       spec("", "int8")},
      {"a row that is too long",
       3,
       {"in.jsonl:1: ", "max_length = 1"},
       R"({"a": ["", ""], "b": ["", ""]})",
       "in.jsonl",
       spec(R"(, "max_length": 1)")},
      {"a value to keep that is a list",
       3,
       {"in.jsonl:1: k: got a list"},
       R"({"k": ["v"]})",
       "in.jsonl",
       spec(),
       "",
       {"--keep", "k"}},
      {"a value to keep that is missing",
       3,
       {"in.jsonl:1: k: got nothing"},
       "{}\n",
       "in.jsonl",
       spec(),
       "",
       {"--keep", "k"}},
      {"a spec with a float dtype",
       2,
       {"s.json: ", "/columns/0", "dtype", "float32"},
       line,
       "in.jsonl",
       spec("", "float32")},
      {"a spec with text behind it", 2, {"s.json: ", "line 1"}, line, "in.jsonl", spec() + "x"},
      {"a spec with an unknown option",
       2,
       {"s.json: ", "/max_lenght", "'max_length'"},
       line,
       "in.jsonl",
       spec(R"(, "max_lenght": 3)")},
      {"tables that are no safetensors",
       2,
       {"t.safetensors: ", "header claims"},
       line,
       "in.jsonl",
       spec(),
       "these are no tables"},
      {"tables of the wrong shape",
       2,
       {"t.safetensors: a_embedding", "[9, 3]", "[100, 3]"},
       line,
       "in.jsonl",
       spec(),
       table("a_embedding", 9, 3)},
      {"tables without a column",
       2,
       {"'b_embedding'", "--init-missing"},
       line,
       "in.jsonl",
       spec(),
       table("a_embedding", 100, 3)},
      {"tables that overlap",
       2,
       {"t.safetensors: ", "'b_embedding'", "begin at 1200"},
       line,
       "in.jsonl",
       spec(),
       tensors(both, std::string(1800, '\0'))},
      {"an output larger than the machine",
       1,
       {"values [1, 1099511627776, 6]", "bytes"},
       line,
       "in.jsonl",
       spec(vast + "1099511627776")},
      {"an output that overflows",
       2,
       {"4611686018427387904", "overflow"},
       line,
       "in.jsonl",
       spec(vast + "4611686018427387904")},
  };
}

Ended run(const Folder& folder, const BadRun& bad) {
  std::vector<std::string> arguments{"run", "--quiet", "--backend",
                                     "cpu", "--spec",  folder.write("s.json", bad.spec_text)};
  arguments.insert(arguments.end(), {"--output", folder / "o"});
  if (!bad.tables.empty()) {
    arguments.insert(arguments.end(), {"--tables", folder.write("t.safetensors", bad.tables)});
  }
  arguments.insert(arguments.end(), bad.more.begin(), bad.more.end());
  arguments.push_back(folder.write(bad.name, bad.input));
  return seqfeat(folder, arguments);
}

/// What a run needs that has nothing to complain about.
long baseline_kib() {
  static const long kPeak = [] {
    const Ended ended = run(Folder(), BadRun{"nothing bad", 0, {}});
    EXPECT_EQ(ended.code, 0) << ended.err;
    return ended.peak_kib;
  }();
  return kPeak;
}

class CliBadInput : public testing::TestWithParam<BadRun> {};

TEST_P(CliBadInput, EndsWithItsCodeNamesThePlaceAndTakesNoMemoryForIt) {
  constexpr long kMostKib = 64L << 10;
  const Folder folder;
  const Ended ended = run(folder, GetParam());
  EXPECT_EQ(ended.code, GetParam().code) << ended.err;
  EXPECT_TRUE(ended.err.starts_with("seqfeat: ")) << ended.err;
  EXPECT_TRUE(ended.out.empty()) << ended.out;
  for (const std::string& word : GetParam().words) {
    EXPECT_NE(ended.err.find(word), std::string::npos) << "no '" << word << "' in: " << ended.err;
  }
  EXPECT_LT(ended.peak_kib, baseline_kib() + kMostKib);
  EXPECT_FALSE(contents(folder / "o").contains("manifest.json"));
}

std::string name_of(const testing::TestParamInfo<BadRun>& info) {
  std::string name;
  for (const char c : info.param.what)
    name += std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_';
  return name;
}

INSTANTIATE_TEST_SUITE_P(Runs, CliBadInput, testing::ValuesIn(bad_runs()), name_of);

}  // namespace
}  // namespace seqfeat::test
