// SPDX-License-Identifier: Apache-2.0
#include <cstdint>
#include <string>
#include <vector>

#include "seqfeat/table.hpp"
#include "tests/cli/jobs.hpp"
#include "tests/support/compress.hpp"

// Columns whose values are ids: what is inside the range, below it and past its end.

namespace seqfeat::test {
namespace {

using Ids = std::vector<std::int64_t>;
using Floats = std::vector<float>;

// Columns of the key "i" as JSON.
std::string identity(const std::string& members) {
  return R"({"type": "sequence_categorical_column_with_identity", "key": "i", )" + members + "}";
}
std::string embedding(const std::string& members) {
  return R"({"type": "embedding_column", "dimension": 2, "combiner": "sum", "categorical_column": )" +
         identity(members) + "}";
}
std::string indicator(const std::string& members) {
  return R"({"type": "indicator_column", "categorical_column": )" + identity(members) + "}";
}

constexpr const char* kFour = R"("num_buckets": 4)";
constexpr const char* kFourOrThree = R"("num_buckets": 4, "default_value": 3)";

class CliIdentity : public Jobs {
 protected:
  /// Makes the spec that `run` gets.
  void columns(const std::string& columns, const std::string& options = "") {
    spec_ = folder_.write("s.json", R"({"columns": [)" + columns + "]" + options + "}");
  }

  /// Files that hold these rows, one for every form that `run` reads.
  [[nodiscard]] std::vector<std::string> files(const std::vector<Ids>& rows) const {
    std::string lines;
    std::string text;
    for (const Ids& row : rows) {
      lines += Json{{"i", row}, {"label", row.size()}}.dump() + "\n";
      for (const std::int64_t value : row) text += std::to_string(value) + " ";
      text += "\n";
    }
    std::vector<std::string> all{
        folder_.write("a.jsonl", lines), folder_.write("a.jsonl.gz", compress(lines, kGzip)),
        folder_.write("a.txt", text), folder_.write("a.txt.gz", compress(text, kGzip))};
    for (const std::string record : {"example", "sequence_example"}) {
      for (const std::string compression : {"none", "gzip"}) {
        all.push_back(folder_ / (record + (compression == "gzip" ? ".tfrecord.gz" : ".tfrecord")));
        const Ended ended =
            seqfeat(folder_, {"convert", "--quiet", "--to", "tfrecord", "--record", record,
                              "--compression", compression, all[0], all.back()});
        EXPECT_EQ(ended.code, 0) << ended.err;
      }
    }
    return all;
  }

  /// Row r of the table is {10 r, 10 r + 1}.
  [[nodiscard]] std::string table(std::int64_t rows) const {
    Floats values;
    for (std::int64_t r = 0; r < rows; ++r) {
      values.insert(values.end(), {static_cast<float>(10 * r), static_cast<float>(10 * r + 1)});
    }
    save_tables(folder_ / "t.safetensors", {{"i_embedding", {values.data(), rows, 2}}});
    return folder_ / "t.safetensors";
  }
};

TEST_F(CliIdentity, TakesValuesForIdsInEveryFormOfInput) {
  struct Case {
    const char* source;
    Ids row;       ///< The first of three; the second is empty, the third {2}.
    Ids ids;       ///< Of all rows.
    Floats steps;  ///< Of the first row: two floats of the embedding, four of the indicator.
  };
  const Floats last = {20, 21, 0, 0, 1, 0};
  for (const Case& c : {Case{kFour,
                             {1, -1, 3},
                             {1, -1, 3, 2},
                             {10, 11, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 30, 31, 0, 0, 0, 1}},
                        Case{kFourOrThree,
                             {1, -1, 4},
                             {1, 3, 3, 2},
                             {10, 11, 0, 1, 0, 0, 30, 31, 0, 0, 0, 1, 30, 31, 0, 0, 0, 1}}}) {
    columns(embedding(c.source) + "," + indicator(c.source));
    Floats ragged = c.steps;
    ragged.insert(ragged.end(), last.begin(), last.end());
    Floats values = c.steps;
    values.resize(36);  // three empty steps
    values.insert(values.end(), last.begin(), last.end());
    values.resize(54);  // two more
    for (const std::string& file : files({c.row, {}, {2}})) {
      SCOPED_TRACE(file + c.source);
      const auto emit = [&](const std::string& output, const std::string& tensors) {
        const Ended ended =
            run(output, {file}, {"--emit", tensors, "--overwrite", "--tables", table(4)});
        EXPECT_EQ(ended.code, 0) << ended.err;
        return part(output, 0);
      };
      const std::string padded = emit("padded", "values,ids,lengths,mask");
      EXPECT_EQ(floats_of(padded, "values"), values);
      EXPECT_EQ(integers_of(padded, "ids/i_embedding"), c.ids);
      EXPECT_EQ(integers_of(padded, "ids/i_indicator"), c.ids);
      EXPECT_EQ(integers_of(padded, "lengths"), (Ids{3, 0, 1}));
      EXPECT_EQ(bytes_of(padded, "mask"), std::string("\1\1\1\0\0\0\1\0\0", 9));
      const std::string steps = emit("ragged", "ragged");
      EXPECT_EQ(floats_of(steps, "ragged_values"), ragged);
      EXPECT_EQ(integers_of(steps, "row_offsets"), (Ids{0, 3, 3, 4}));
    }
  }
}

TEST_F(CliIdentity, LeavesNegativeValuesOutOfTheirStep) {
  columns(embedding(kFour) + "," + indicator(kFour));
  const std::string lines =
      folder_.write("a.jsonl", "{\"i\": [[1, -1], [-1], [0, 2, -7, 2], -9]}\n");
  const std::string records = folder_ / "a.tfrecord";
  ASSERT_EQ(seqfeat(folder_, {"convert", "--quiet", "--to", "tfrecord", lines, records}).code, 0);
  for (const std::string& file : {lines, records}) {
    ASSERT_EQ(
        run("o", {file}, {"--overwrite", "--emit", "values,lengths,ids", "--tables", table(4)})
            .code,
        0);
    EXPECT_EQ(floats_of(part("o", 0), "values"),
              (Floats{10, 11, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 40, 43, 1, 0, 2, 0, 0, 0, 0, 0, 0, 0}));
    EXPECT_EQ(integers_of(part("o", 0), "lengths"), Ids{4}) << "a hole at the end counts";
    EXPECT_EQ(integers_of(part("o", 0), "ids/i_embedding"), (Ids{1, -1, -1, 0, 2, -7, 2, -9}));
  }
}

TEST_F(CliIdentity, NamesTheRecordOfAnIdPastTheEnd) {
  columns(embedding(kFour));
  for (const std::string& file : files({{1, 0}, {2, -1, 4}, {3}})) {
    SCOPED_TRACE(file);
    const std::string record = file.find("tfrecord") == std::string::npos ? "2" : "1";
    const Ended ended = run("o", {file}, {"--json", "--overwrite"});
    EXPECT_EQ(ended.code, 3);
    const Json error = Json::parse(ended.out)["error"];
    EXPECT_EQ(error["file"], file);
    EXPECT_EQ(error["record"].dump(), record);
    EXPECT_EQ(error["column"], "i");
    EXPECT_EQ(error["message"].get<std::string>(),
              file + ":" + record +
                  ": i: got id 4, expected less than 4; give the column a default_value, or more "
                  "buckets");
    ASSERT_EQ(run("o", {file}, {"--overwrite", "--on-error", "skip", "--emit", "ids"}).code, 0);
    EXPECT_EQ(integers_of(part("o", 0), "ids/i_embedding"), (Ids{1, 0, 3}));
    EXPECT_EQ(manifest("o")["rejected"], 1);
    const auto lines = rejected("o");
    ASSERT_EQ(lines.size(), 1U);
    EXPECT_EQ(lines[0]["record"].dump(), record);
    EXPECT_EQ(lines[0]["column"], "i");
    EXPECT_EQ(lines[0]["reason"].get<std::string>().find("got id 4, expected less than 4"), 0U);
  }
}

TEST_F(CliIdentity, CountsNothingPastTheEnd) {
  columns(indicator(kFour + std::string(R"(, "dtype": "uint64")")));
  const std::string file =
      folder_.write("a.jsonl", "{\"i\": [[3, 4], 18446744073709551615, [3, 3]]}\n");
  ASSERT_EQ(run("o", {file}, {"--emit", "values,ids"}).code, 0);
  EXPECT_EQ(floats_of(part("o", 0), "values"), (Floats{0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 2}));
  EXPECT_EQ(integers_of(part("o", 0), "ids/i_indicator"), (Ids{3, 4, INT64_MAX, 3, 3}));
}

TEST_F(CliIdentity, DoesNotLookAtStepsThatAreCut) {
  columns(embedding(kFour), R"(, "max_length": 1, "truncation": "keep_last")");
  const std::string file = folder_.write("a.txt", "9 1\n2\n");
  for (const std::string policy : {"fail", "skip"}) {
    ASSERT_EQ(run("o", {file}, {"--overwrite", "--on-error", policy, "--emit", "ids"}).code, 0);
    EXPECT_EQ(integers_of(part("o", 0), "ids/i_embedding"), (Ids{1, 2}));
  }
}

TEST_F(CliIdentity, HasATableWithARowForEveryId) {
  columns(embedding(kFour));
  const std::string file = folder_.write("a.jsonl", "{\"i\": [3], \"label\": 7}\n");
  const std::string saved = folder_ / "saved.safetensors";
  ASSERT_EQ(run("o", {file}, {"--save-tables", saved, "--keep", "label"}).code, 0);
  EXPECT_EQ(SafetensorsFile(saved).tensors().at("i_embedding").shape, (Ids{4, 2}));
  EXPECT_EQ(integers_of(part("o", 0), "keep/label"), Ids{7});
  const Floats rows = floats_of(saved, "i_embedding");
  EXPECT_EQ(floats_of(part("o", 0), "values"), Floats(rows.end() - 2, rows.end()));
  ASSERT_EQ(run("p", {file}, {"--tables", saved}).code, 0);
  EXPECT_EQ(bytes_of(part("p", 0), "values"), bytes_of(part("o", 0), "values"));
  EXPECT_EQ(seqfeat(folder_, {"verify", "--quiet", folder_ / "p"}).code, 0);
  const Ended wrong = run("q", {file}, {"--tables", table(5)});
  EXPECT_EQ(wrong.code, 2);
  for (const char* part : {"i_embedding", "[5, 2]", "[4, 2]"}) {
    EXPECT_NE(wrong.err.find(part), std::string::npos) << wrong.err;
  }
}

TEST_F(CliIdentity, IsUnderstoodByTheOtherCommands) {
  columns(embedding(kFourOrThree) + "," + identity(R"("num_buckets": 9223372036854775807)"));
  const Json about = Json::parse(seqfeat(folder_, {"spec", "--json", spec_}).out);
  EXPECT_EQ(about["tables"],
            Json::parse(R"([{"name": "i_embedding", "shape": [4, 2], "bytes": 32}])"));
  EXPECT_EQ(about["parse_spec"], Json::parse(R"({"i": "int64"})"));
  const std::string file = folder_.write("a.txt", "5 9223372036854775806\n-2\n");
  const Ended inspect = seqfeat(folder_, {"inspect", "--json", "--spec", spec_, file});
  ASSERT_EQ(inspect.code, 0) << inspect.err;
  const Json feature = Json::parse(inspect.out)["features"][0];
  EXPECT_EQ(feature["distinct"], 3);
  EXPECT_TRUE(feature["buckets"].empty()) << "nothing collides";
  ASSERT_EQ(run("o", {file}, {"--emit", "ids"}).code, 0);
  EXPECT_EQ(integers_of(part("o", 0), "ids/i"), (Ids{5, 9223372036854775806, -2}));
}

}  // namespace
}  // namespace seqfeat::test
