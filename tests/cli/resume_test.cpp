// SPDX-License-Identifier: Apache-2.0
#include <filesystem>
#include <fstream>
#include <string>

#include "seqfeat/table.hpp"
#include "tests/cli/jobs.hpp"

// What --resume proves, keeps, makes again and refuses.

namespace seqfeat::test {
namespace {

namespace fs = std::filesystem;

class CliResume : public Jobs {
 protected:
  void unfinish(const std::string& output) const {
    fs::remove(folder_ / (output + "/manifest.json"));
  }
};

TEST_F(CliResume, MakesADamagedPartAgain) {
  const std::string rows = text("rows.txt", 45);
  ASSERT_EQ(run("o", {rows}).code, 0);
  const auto whole = contents(folder_ / "o");
  unfinish("o");
  flip(part("o", 1), 3);  // in the payload
  fs::resize_file(part("o", 3), fs::file_size(part("o", 3)) - 5);
  const auto kept = fs::last_write_time(part("o", 2));
  ASSERT_EQ(run("o", {rows}, {"--resume"}).code, 0);
  EXPECT_TRUE(contents(folder_ / "o") == whole);
  EXPECT_EQ(fs::last_write_time(part("o", 2)), kept);
}

TEST_F(CliResume, MakesMissingPartsOfAFinishedRunAgain) {
  const std::string rows = text("rows.txt", 45);
  ASSERT_EQ(run("o", {rows}).code, 0);
  const auto whole = contents(folder_ / "o");
  fs::remove(part("o", 2));
  fs::resize_file(part("o", 0), 100);
  ASSERT_EQ(run("o", {rows}, {"--resume"}).code, 0);
  EXPECT_TRUE(contents(folder_ / "o") == whole);
  const Ended again = seqfeat(folder_, {"run", "--json", "--batch-size", "10", "--spec", spec_,
                                        "--output", folder_ / "o", "--resume", rows});
  const Json about = Json::parse(again.out);
  EXPECT_EQ(about["status"], "finished before");
  EXPECT_EQ(about["rows"], 45);
  EXPECT_EQ(about["new_rows"], 0);
}

TEST_F(CliResume, RefusesFurtherFilesBehindAFinishedRun) {
  const std::string a = text("a.txt", 15);
  const std::string b = text("b.txt", 15);
  ASSERT_EQ(run("o", {a}).code, 0);
  const Ended ended = run("o", {a, b}, {"--resume"});
  EXPECT_EQ(ended.code, 2);
  EXPECT_NE(ended.err.find("got b.txt in the place of no file"), std::string::npos) << ended.err;
  EXPECT_EQ(run("o", {a}, {"--resume"}).code, 0);
}

// A shard breaks in the night. Repaired, it has another size, and the run goes on.
TEST_F(CliResume, GoesOnWhenABrokenShardIsRepaired) {
  std::vector<std::string> records;
  for (int i = 0; i < 12; ++i) {
    records.push_back(example({entry("tokens", strings({"a", std::to_string(i)}))}));
  }
  const std::string whole = framed_all(records);
  const std::string first = folder_.write("a.tfrecord", whole);
  const std::string broken = folder_.write("b.tfrecord", whole.substr(0, whole.size() - 3));
  const std::string last = folder_.write("c.tfrecord", whole);
  const Ended night = run("o", {first, broken, last});
  EXPECT_EQ(night.code, 3);
  EXPECT_NE(night.err.find("b.tfrecord: byte "), std::string::npos) << night.err;
  folder_.write("b.tfrecord", whole + framed(records[0]));
  ASSERT_EQ(run("o", {first, broken, last}, {"--resume"}).code, 0);
  ASSERT_EQ(run("fresh", {first, broken, last}).code, 0);
  EXPECT_TRUE(contents(folder_ / "o") == contents(folder_ / "fresh"));
}

TEST_F(CliResume, NamesTheFirstInputThatDiffers) {
  const std::string a = text("a.txt", 15);
  const std::string b = text("b.txt", 15);
  const std::string c = text("c.txt", 15);
  ASSERT_EQ(run("o", {a, b, c}).code, 0);
  unfinish("o");
  const Ended order = run("o", {a, c, b}, {"--resume"});
  EXPECT_EQ(order.code, 2);
  EXPECT_NE(order.err.find("part-00001.safetensors: got other input: it was made from b.txt:1:5, "
                           "now there is c.txt:1:5"),
            std::string::npos)
      << order.err;
  EXPECT_LT(order.err.size(), 500U);
  (void)text("b.txt", 15, 1000);
  const Ended other = run("o", {a, b, c}, {"--resume"});
  EXPECT_EQ(other.code, 2);
  EXPECT_NE(other.err.find("part-00001.safetensors: got other input"), std::string::npos)
      << other.err;
  (void)text("b.txt", 15);
  EXPECT_EQ(run("o", {a, b, c}, {"--resume"}).code, 0);
}

// Whatever a damaged header says of the part.
TEST_F(CliResume, MakesAPartWithADamagedHeaderAgain) {
  const std::string rows = text("rows.txt", 25);
  ASSERT_EQ(run("o", {rows}).code, 0);
  const auto whole = contents(folder_ / "o");
  const std::vector<std::pair<std::string, std::string>> lies{
      {"\"steps\":\"30\"", "\"steps\":\"31\""},
      {"\"lengths\":{", "\"lengthz\":{"},
      {"\"slots\":\"50\"", "\"slots\":\"51\""},
      {"\"batch_size\":\"10\"", "\"batch_size\":\"11\""},
      {"rows.txt:11:10", "rows.txt:12:10"}};
  for (const auto& [truth, lie] : lies) {
    unfinish("o");
    std::string bytes = read_file(part("o", 1));
    ASSERT_NE(bytes.find(truth), std::string::npos) << truth;
    folder_.write("o/part-00001.safetensors", bytes.replace(bytes.find(truth), truth.size(), lie));
    const Ended ended = run("o", {rows}, {"--resume"});
    EXPECT_EQ(ended.code, 0) << lie << ended.err;
    EXPECT_TRUE(contents(folder_ / "o") == whole) << lie;
  }
}

// A forgotten file, or one that arrived empty, does not cost the parts that it was made into.
TEST_F(CliResume, RefusesLessInputAndKeepsItsParts) {
  const std::string a = text("a.txt", 20);
  const std::string b = text("b.txt", 20);
  ASSERT_EQ(run("o", {a, b}).code, 0);
  unfinish("o");
  const auto parts = contents(folder_ / "o");
  const Ended forgotten = run("o", {a}, {"--resume"});
  EXPECT_EQ(forgotten.code, 2);
  EXPECT_NE(forgotten.err.find("part-00002.safetensors: got other input: it was made from "
                               "[\"b.txt:1:10\"], now there is nothing more"),
            std::string::npos)
      << forgotten.err;
  folder_.write("a.txt", "");
  EXPECT_EQ(run("o", {a}, {"--resume"}).code, 2);
  EXPECT_TRUE(contents(folder_ / "o") == parts);
  (void)text("a.txt", 20);
  EXPECT_EQ(run("o", {a, b}, {"--resume"}).code, 0);
}

TEST_F(CliResume, ComparesTheShortLastPartToo) {
  const std::string a = text("a.txt", 15);
  ASSERT_EQ(run("o", {a}).code, 0);
  unfinish("o");
  (void)text("a.txt", 13);
  const Ended shrunk = run("o", {a}, {"--resume"});
  EXPECT_EQ(shrunk.code, 2);
  EXPECT_NE(shrunk.err.find("made from a.txt:11:5, now there is a.txt:11:3"), std::string::npos)
      << shrunk.err;
  (void)text("a.txt", 15);
  std::string changed = read_file(a);
  changed[changed.size() - 4] = 'x';
  folder_.write("a.txt", changed + "and more\n");
  EXPECT_EQ(run("o", {a}, {"--resume"}).code, 2);
  (void)text("a.txt", 17);
  EXPECT_EQ(run("o", {a}, {"--resume"}).code, 0);
}

TEST_F(CliResume, SeesBytesThatMoveToTheNextRecord) {
  const std::string rows = folder_.write("rows.txt", "ab\nc\n");
  ASSERT_EQ(run("o", {rows}).code, 0);
  unfinish("o");
  folder_.write("rows.txt", "a\nbc\n");
  const Ended ended = run("o", {rows}, {"--resume"});
  EXPECT_EQ(ended.code, 2);
  EXPECT_NE(ended.err.find("part-00000.safetensors: got other input"), std::string::npos)
      << ended.err;
}

// The manifest knows the bytes of a part that is gone.
TEST_F(CliResume, RefusesAPartOfAFinishedRunThatBecomesAnother) {
  const std::string rows = text("rows.txt", 25);
  ASSERT_EQ(run("o", {rows}).code, 0);
  const auto whole = contents(folder_ / "o");
  fs::remove(part("o", 0));
  std::string changed = read_file(rows);
  changed[1] = 'x';
  folder_.write("rows.txt", changed);
  const Ended ended = run("o", {rows}, {"--resume"});
  EXPECT_EQ(ended.code, 2);
  EXPECT_NE(ended.err.find("part-00000.safetensors: got other input"), std::string::npos)
      << ended.err;
  EXPECT_TRUE(contents(folder_ / "o").contains("manifest.json"));
  (void)text("rows.txt", 25);
  EXPECT_EQ(run("o", {rows}, {"--resume"}).code, 0);
  EXPECT_TRUE(contents(folder_ / "o") == whole);
}

TEST_F(CliResume, CountsTheRowsOfTheDirectoryWhereItFails) {
  const std::string rows = text("rows.txt", 25);
  ASSERT_EQ(run("o", {rows}).code, 0);
  unfinish("o");
  (void)text("rows.txt", 25, 3);
  const Ended ended = seqfeat(folder_, {"run", "--json", "--quiet", "--batch-size", "10", "--spec",
                                        spec_, "--output", folder_ / "o", "--resume", rows});
  EXPECT_EQ(ended.code, 2);
  EXPECT_EQ(Json::parse(ended.out)["rows"], 25);
  EXPECT_EQ(Json::parse(ended.out)["new_rows"], 0);
}

// A file that was appended after the last, short part was made.
TEST_F(CliResume, GoesOnBehindAShortLastPart) {
  const std::string a = text("a.txt", 15);
  const std::string b = text("b.txt", 15);
  ASSERT_EQ(run("o", {a}).code, 0);
  unfinish("o");
  ASSERT_EQ(run("o", {a, b}, {"--resume"}).code, 0);
  ASSERT_EQ(run("fresh", {a, b}).code, 0);
  EXPECT_TRUE(contents(folder_ / "o") == contents(folder_ / "fresh"));
}

TEST_F(CliResume, RefusesOtherOptionsByName) {
  const std::string rows = text("rows.txt", 25);
  ASSERT_EQ(run("o", {rows}).code, 0);
  unfinish("o");
  const auto refused = [&](const std::vector<std::string>& more, const std::string& name) {
    std::vector<std::string> all{"--resume"};
    all.insert(all.end(), more.begin(), more.end());
    const Ended ended = run("o", {rows}, all);
    EXPECT_EQ(ended.code, 2) << name;
    EXPECT_NE(ended.err.find("made with " + name), std::string::npos) << ended.err;
  };
  refused({"--emit", "ids"}, "emit");
  refused({"--on-error", "skip"}, "on_error");
  refused({"--shard", "0/2"}, "shard");
}

TEST_F(CliResume, RefusesPartsOfTheFirstForm) {
  const std::string rows = text("rows.txt", 5);
  fs::create_directory(folder_ / "o");
  write_safetensors(part("o", 0), {}, {{"seqfeat", "part 1"}, {"rows", "5"}});
  const Ended ended = run("o", {rows}, {"--resume"});
  EXPECT_EQ(ended.code, 2);
  EXPECT_NE(ended.err.find("made with seqfeat part 1, expected part 2"), std::string::npos)
      << ended.err;
  EXPECT_EQ(run("o", {rows}, {"--overwrite"}).code, 0);
}

// 100 MB of table, one number of which changes where a sample of blocks would not look.
TEST_F(CliResume, SeesAChangeInAnyRowOfALargeTable) {
  constexpr std::int64_t kRows = 2'500'000;
  const std::string spec = folder_.write("large.json", R"({"columns": [{"type": "embedding_column",
    "dimension": 10, "categorical_column": {"type": "sequence_categorical_column_with_hash_bucket",
    "key": "tokens", "hash_bucket_size": 2500000}}]})");
  const std::string file = folder_ / "t.safetensors";
  {
    const EmbeddingTable table(kRows, 10);
    save_tables(file, {{"tokens_embedding", table.view()}});
  }
  const std::string rows = text("rows.txt", 25);
  const std::vector<std::string> large{"--tables", file, "--spec", spec};
  const auto go = [&](const std::string& how) {
    return seqfeat(folder_, {"run", "--quiet", "--batch-size", "10", "--spec", spec, "--tables",
                             file, "--output", folder_ / "o", how, rows});
  };
  ASSERT_EQ(go("--overwrite").code, 0);
  unfinish("o");
  fs::remove(part("o", 1));
  flip(file, 50'000'123);
  const Ended ended = go("--resume");
  EXPECT_EQ(ended.code, 2);
  EXPECT_NE(ended.err.find("made with tables"), std::string::npos) << ended.err;
  flip(file, 50'000'123);
  EXPECT_EQ(go("--resume").code, 0);
}

}  // namespace
}  // namespace seqfeat::test
