// SPDX-License-Identifier: Apache-2.0
#include <filesystem>
#include <string>
#include <vector>

#include "tests/cli/jobs.hpp"

// Which files are read and as what; what is kept of their records; what --json says of it.

namespace seqfeat::test {
namespace {

class CliInput : public Jobs {
 protected:
  [[nodiscard]] static std::string sequence(const std::string& token) {
    return lists({entry("tokens", list({strings({token}), strings({"b", "c"})}))});
  }
};

TEST_F(CliInput, TakesACarriageReturnForTheEndOfALineOnlyBeforeANewline) {
  const auto ids = [&](const std::string& name, const std::string& lines) {
    EXPECT_EQ(run(name, {folder_.write(name + ".txt", lines)}, {"--emit", "ids"}).code, 0);
    return integers_of(part(name, 0), "ids/tokens_embedding");
  };
  const auto plain = ids("plain", "a b\nc\n");
  EXPECT_EQ(ids("windows", "a b\r\nc\r\n"), plain);
  EXPECT_NE(ids("half", "a b\r\nc\r"), plain);
  EXPECT_EQ(ids("open", "a b\nc"), plain);  // the last line needs no newline
}

TEST_F(CliInput, SharesFilesAmongShards) {
  std::vector<std::string> files;
  for (int i = 0; i < 5; ++i) files.push_back(text("f" + std::to_string(i) + ".txt", 3 + i, i));
  std::vector<std::string> all = files;
  all[1] = all[4] = folder_ / "nowhere.txt";  // the other shard's are not touched
  std::int64_t rows = 0;
  ASSERT_EQ(run("0", {files[0], all[1], files[2], files[3], all[4]}, {"--shard", "0/4"}).code, 3);
  for (int shard = 0; shard < 3; ++shard) {
    const std::string name = std::to_string(shard);
    ASSERT_EQ(run("s" + name, files, {"--shard", name + "/3"}).code, 0);
    const Json about = manifest("s" + name);
    EXPECT_EQ(about["shard"], name + "/3");
    EXPECT_EQ(about["inputs"].size(), shard == 2 ? 1U : 2U);
    rows += about["rows"].get<std::int64_t>();
  }
  EXPECT_EQ(rows, 3 + 4 + 5 + 6 + 7);
  EXPECT_EQ(run("other", {files[0], all[1], files[2]}, {"--shard", "0/2"}).code, 0);
  ASSERT_EQ(run("none", {files[0]}, {"--shard", "2/3"}).code, 0);
  EXPECT_TRUE(manifest("none")["parts"].empty());
  for (const char* wrong : {"3/3", "-1/3", "1", "a/b", "0/0", "1/2/3"}) {
    EXPECT_EQ(run("x", files, {"--shard=" + std::string(wrong)}).code, 2) << wrong;
  }
}

TEST_F(CliInput, KeepsStrings) {
  const std::string file = folder_.write(
      "a.tfrecord",
      framed_all({example({entry("id", strings({"x1"}))}),
                  example({entry("id", strings({""})), entry("tokens", strings({"a"}))}),
                  example({entry("id", strings({"\xff!"}))})}));
  ASSERT_EQ(run("o", {file}, {"--keep", "id"}).code, 0);
  EXPECT_EQ(bytes_of(part("o", 0), "keep/id"), "x1\xff!");
  EXPECT_EQ(integers_of(part("o", 0), "keep_offsets/id"), (std::vector<std::int64_t>{0, 2, 2, 4}));
  const std::string lines =
      folder_.write("a.jsonl", "{\"id\": \"é\\n\", \"tokens\": []}\n{\"id\": \"b\"}\n");
  ASSERT_EQ(run("p", {lines}, {"--keep", "id"}).code, 0);
  EXPECT_EQ(bytes_of(part("p", 0), "keep/id"), "é\nb");
  const std::string mixed = folder_.write("b.jsonl", "{\"id\": \"a\"}\n{\"id\": 1}\n");
  const Ended ended = run("q", {mixed}, {"--keep", "id"});
  EXPECT_EQ(ended.code, 3);
  EXPECT_NE(ended.err.find("b.jsonl:2: id: got an int64"), std::string::npos) << ended.err;
}

TEST_F(CliInput, RecognisesSequenceExamples) {
  const std::string nested = framed_all({sequence("x"), sequence("y")});
  const std::string file = folder_.write("a.tfrecord", nested);
  ASSERT_EQ(run("o", {file}, {"--emit", "ids"}).code, 0);
  EXPECT_EQ(manifest("o")["options"]["input_format"], "tfrecord:sequence_example");
  EXPECT_EQ(integers_of(part("o", 0), "step_offsets/tokens_embedding"),
            (std::vector<std::int64_t>{0, 1, 3, 4, 6}));
  // The first record that parses decides; an empty one is both.
  const std::string late = folder_.write("b.tfrecord", framed_all({"", "\x0a\x05"}) + nested);
  ASSERT_EQ(run("p", {late}, {"--on-error", "skip"}).code, 0);
  EXPECT_EQ(manifest("p")["options"]["input_format"], "tfrecord:sequence_example");
  for (const std::string policy : {"fail", "skip"}) {
    const Ended wrong =
        run("q", {file}, {"--input-format", "tfrecord:example", "--on-error", policy});
    EXPECT_EQ(wrong.code, 3);
    EXPECT_NE(wrong.err.find("a.tfrecord:0: got a tf.SequenceExample"), std::string::npos);
  }
}

// Of records of the other kind every row would be empty.
TEST_F(CliInput, RefusesFilesOfTheOtherKindOfRecord) {
  const std::string flat =
      folder_.write("e.tfrecord", framed_all({example({entry("tokens", strings({"a"}))})}));
  const std::string nested = folder_.write("q.tfrecord", framed_all({sequence("x")}));
  const Ended behind = run("o", {flat, nested});
  EXPECT_EQ(behind.code, 3);
  EXPECT_NE(behind.err.find("q.tfrecord:0: got a tf.SequenceExample"), std::string::npos);
  const Ended before = run("p", {nested, flat});
  EXPECT_EQ(before.code, 3);
  EXPECT_NE(before.err.find("e.tfrecord:0: got a tf.Example"), std::string::npos) << before.err;
  // A context alone is a row without steps, not an Example.
  const std::string context =
      folder_.write("c.tfrecord", framed_all({example({entry("label", integers({1}))})}));
  EXPECT_EQ(run("r", {nested, context}).code, 0);
}

// The program alone has no reader of Parquet and Arrow; Python's pyarrow is one.
TEST_F(CliInput, SaysWhoReadsFilesOfColumns) {
  for (const char* name : {"a.parquet", "a.arrow", "a.feather", "s3://bucket/a.ipc?region=x"}) {
    const Ended ended = run("o", {std::string(name)});
    EXPECT_EQ(ended.code, 2) << name;
    EXPECT_NE(ended.err.find("pip install 'seqfeat[arrow]'"), std::string::npos) << ended.err;
    EXPECT_FALSE(std::filesystem::exists(folder_ / "o"));
  }
  const std::string file = folder_.write("b.parquet", "PAR1");
  EXPECT_EQ(seqfeat(folder_, {"inspect", file}).code, 2);
  EXPECT_EQ(seqfeat(folder_, {"convert", "--to", "tfrecord", file, folder_ / "b.tfrecord"}).code,
            2);
  EXPECT_EQ(run("o", {file, text("a.txt", 3)}).code, 2);
  const Ended other = run("o", {file}, {"--input-format", "arrow"});
  EXPECT_NE(other.err.find("b.parquet: got arrow, which"), std::string::npos) << other.err;
}

TEST_F(CliInput, SaysWhichKeysNoRecordHas) {
  spec_ = folder_.write("two.json", R"({"columns": [
    {"type": "embedding_column", "dimension": 3, "categorical_column":
      {"type": "sequence_categorical_column_with_hash_bucket", "key": "a", "hash_bucket_size": 9}},
    {"type": "embedding_column", "dimension": 3, "categorical_column":
      {"type": "sequence_categorical_column_with_hash_bucket", "key": "b", "hash_bucket_size": 9}}]})");
  const std::string one = folder_.write("a.jsonl", "{\"a\": []}\n{\"x\": [\"t\"]}\n");
  const Ended some = seqfeat(folder_, {"run", "--spec", spec_, "--output", folder_ / "o", one});
  EXPECT_EQ(some.code, 0);
  EXPECT_NE(some.err.find(R"(no record has ["b"], records have ["a","x"])"), std::string::npos)
      << some.err;
  EXPECT_NE(manifest("o")["warnings"].dump().find("no record has"), std::string::npos);
  const std::string none = folder_.write("b.jsonl", "{\"x\": [\"t\"]}\n");
  const Ended all = run("p", {none});
  EXPECT_EQ(all.code, 3);
  EXPECT_NE(all.err.find(R"(no record has ["a","b"], records have ["x"])"), std::string::npos);
  EXPECT_FALSE(contents(folder_ / "p").contains("manifest.json"));
  EXPECT_EQ(run("q", {folder_.write("c.jsonl", "")}).code, 0) << "no rows are no error";
}

TEST_F(CliInput, RefusesAnEmptyFileThatShouldBeCompressed) {
  const Ended ended = run("o", {folder_.write("a.tfrecord.gz", "")});
  EXPECT_EQ(ended.code, 3);
  EXPECT_NE(ended.err.find("a.tfrecord.gz: byte 0: got an empty file"), std::string::npos)
      << ended.err;
  EXPECT_EQ(run("p", {folder_.write("a.tfrecord", "")}).code, 0);
}

TEST_F(CliInput, SaysAsJsonWhatFailedAndWhere) {
  const std::string good = text("good.txt", 25);
  const std::string bad = folder_.write("bad.txt", "1 x\n");
  const std::string integers = folder_.write("i.json", R"({"columns": [{"type": "embedding_column",
    "dimension": 3, "categorical_column": {"type": "sequence_categorical_column_with_hash_bucket",
    "key": "n", "hash_bucket_size": 9, "dtype": "int64"}}]})");
  const Ended ended = seqfeat(
      folder_, {"run", "--json", "--quiet", "--spec", integers, "--output", folder_ / "o", bad});
  EXPECT_EQ(ended.code, 3);
  const Json about = Json::parse(ended.out);
  EXPECT_EQ(about["schema_version"], 1);
  EXPECT_EQ(about["error"]["code"], 3);
  EXPECT_EQ(about["error"]["file"], bad);
  EXPECT_EQ(about["error"]["record"], 1);
  EXPECT_EQ(about["error"]["offset"], 0);
  EXPECT_EQ(about["error"]["column"], "n");
  EXPECT_NE(about["error"]["message"].get<std::string>().find("got 'x'"), std::string::npos);
  EXPECT_EQ(about["rows"], 0);
  EXPECT_EQ(about["new_rows"], 0);
  const Ended usage = seqfeat(folder_, {"run", "--json", "--nonsense"});
  EXPECT_EQ(usage.code, 2);
  EXPECT_EQ(Json::parse(usage.out)["error"]["code"], 2);
  EXPECT_EQ(Json::parse(usage.out)["error"]["file"], nullptr);
  const Ended missing = seqfeat(folder_, {"verify", "--json", folder_ / "none"});
  EXPECT_EQ(Json::parse(missing.out)["error"]["code"], 3);
}

TEST_F(CliInput, RepeatsItsNotesInTheManifestAndAsJson) {
  const Ended ended = seqfeat(folder_, {"run", "--json", "--quiet", "--spec", spec_, "--output",
                                        folder_ / "o", text("a.txt", 5)});
  ASSERT_EQ(ended.code, 0);
  EXPECT_TRUE(ended.err.empty()) << ended.err;
  const std::string note = Json::parse(ended.out)["warnings"].dump();
  EXPECT_NE(note.find("vectors are random"), std::string::npos) << note;
  EXPECT_EQ(manifest("o")["warnings"].dump(), note);
}

}  // namespace
}  // namespace seqfeat::test
