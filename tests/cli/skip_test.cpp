// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <csignal>
#include <filesystem>
#include <string>
#include <vector>

#include "tests/cli/jobs.hpp"
#include "tests/support/compress.hpp"

// --on-error skip: what is left out, how it is noted, and that the rest is as if it had never been.

namespace seqfeat::test {
namespace {

namespace fs = std::filesystem;

class CliSkip : public Jobs {
 protected:
  /// Expects the same tensors in both runs; the metadata differ, which say what was consumed.
  void expect_same_tensors(const std::string& a, const std::string& b) const {
    const auto count = [&](const std::string& output) { return manifest(output)["parts"].size(); };
    ASSERT_EQ(count(a), count(b));
    for (std::size_t i = 0; i < count(a); ++i) {
      const SafetensorsFile left(part(a, static_cast<int>(i)));
      const SafetensorsFile right(part(b, static_cast<int>(i)));
      ASSERT_EQ(left.tensors().size(), right.tensors().size());
      for (const auto& [name, tensor] : left.tensors()) {
        EXPECT_EQ(tensor.shape, right.tensors().at(name).shape) << name;
        EXPECT_TRUE(std::ranges::equal(tensor.data, right.tensors().at(name).data)) << name;
      }
    }
  }
  [[nodiscard]] static std::string row(int i) {
    return example(
        {entry("tokens", strings({"a", std::to_string(i)})), entry("label", integers({i}))});
  }
};

TEST_F(CliSkip, LeavesOutRecordsAsIfTheyHadNeverBeenThere) {
  std::vector<std::string> good;
  std::vector<std::string> mixed;
  for (int i = 0; i < 37; ++i) {
    good.push_back(row(i));
    mixed.push_back(row(i));
    if (i % 7 == 3) mixed.emplace_back("\x0a\x05");  // no protobuf
    if (i % 11 == 0)
      mixed.push_back(example({entry("tokens", integers({1})),  // another kind
                               entry("label", integers({1}))}));
    if (i % 13 == 5) mixed.push_back(example({entry("tokens", strings({"a"}))}));  // no label
  }
  mixed.insert(mixed.begin(), example({entry("tokens", strings({"a"})),  // must not set the type
                                       entry("label", floats({1.5F, 2}))}));
  const std::string clean = folder_.write("a.tfrecord", framed_all(good));
  const std::string dirty = folder_.write("b.tfrecord", framed_all(mixed));
  const std::vector<std::string> more{"--on-error", "skip",   "--keep",
                                      "label",      "--emit", "values,lengths,mask,ids"};
  ASSERT_EQ(run("clean", {clean}, more).code, 0);
  const Ended ended = run("dirty", {dirty}, more);
  ASSERT_EQ(ended.code, 0) << ended.err;
  expect_same_tensors("clean", "dirty");
  EXPECT_TRUE(rejected("clean").empty());
  const auto lines = rejected("dirty");
  ASSERT_EQ(lines.size(), mixed.size() - good.size());
  EXPECT_EQ(manifest("dirty")["rejected"], lines.size());
  EXPECT_EQ(manifest("dirty")["rows"], 37);
  EXPECT_EQ(lines[0]["record"], 0);
  EXPECT_EQ(lines[0]["offset"], 0);
  EXPECT_EQ(lines[0]["column"], "label");
  EXPECT_EQ(lines[0]["file"], dirty);
  EXPECT_EQ(lines[1]["column"], "tokens");
  EXPECT_EQ(lines[1]["reason"], "got a list of int64, expected a list of strings");
  EXPECT_EQ(run("failing", {dirty}, {"--keep", "label"}).code, 3);
}

TEST_F(CliSkip, LeavesOutRowsThatTheLayerWouldRefuse) {
  spec_ = folder_.write("two.json", R"({"columns": [
    {"type": "embedding_column", "dimension": 3, "categorical_column":
      {"type": "sequence_categorical_column_with_hash_bucket", "key": "a", "hash_bucket_size": 9}},
    {"type": "embedding_column", "dimension": 3, "categorical_column":
      {"type": "sequence_categorical_column_with_hash_bucket", "key": "b", "hash_bucket_size": 9,
       "dtype": "int8"}}], "max_length": 2})");
  const std::string good = "{\"a\": [\"x\"], \"b\": [1]}\n";
  std::string clean;
  std::string dirty;
  for (int i = 0; i < 25; ++i) {
    clean += good;
    dirty += good;
    if (i % 4 == 0) dirty += "{\"a\": [\"x\"], \"b\": [1, 2]}\n";                   // lengths
    if (i % 5 == 0) dirty += "{\"a\": [\"x\", \"y\", \"z\"], \"b\": [1, 2, 3]}\n";  // too long
    if (i % 6 == 0) dirty += "{\"a\": [\"x\"], \"b\": [128]}\n";  // out of the type
    if (i % 8 == 0) dirty += "\n";
  }
  ASSERT_EQ(run("clean", {folder_.write("a.jsonl", clean)}, {"--on-error", "skip"}).code, 0);
  ASSERT_EQ(run("dirty", {folder_.write("b.jsonl", dirty)}, {"--on-error", "skip"}).code, 0);
  expect_same_tensors("clean", "dirty");
  const auto lines = rejected("dirty");
  ASSERT_EQ(lines.size(), 7U + 5U + 5U + 4U);
  EXPECT_EQ(lines[0]["record"], 2) << "lines count from 1";
  EXPECT_EQ(lines[0]["offset"], good.size());
  EXPECT_EQ(lines[0]["column"], nullptr);
  EXPECT_EQ(lines[1]["column"], "a");
  EXPECT_NE(lines[1]["reason"].get<std::string>().find("got 3 steps"), std::string::npos);
}

// What is wrong with a line is said with its bytes, which are not what JSON takes.
TEST_F(CliSkip, NotesBytesThatAreNoUtf8) {
  const std::string rows =
      folder_.write("a.jsonl", "{\"tokens\": [\"a\"]}\n{\"tokens\": [\"\xff\"]}\n");
  ASSERT_EQ(run("o", {rows}, {"--on-error", "skip"}).code, 0);
  const auto lines = rejected("o");
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0]["record"], 2);
  EXPECT_NE(lines[0]["reason"].get<std::string>().find("\\xff"), std::string::npos) << lines[0];
}

TEST_F(CliSkip, EndsABrokenFileAndGoesOnWithTheNext) {
  std::vector<std::string> records;
  for (int i = 0; i < 12; ++i) records.push_back(row(i));
  const std::string whole = framed_all(records);
  std::string damaged = whole;
  damaged[whole.size() / 2] ^= 1;
  const std::string frame = folder_.write("frame.tfrecord", damaged);
  const std::string zipped = compress(whole, kGzip);
  const std::string cut = folder_.write("cut.tfrecord.gz", zipped.substr(0, zipped.size() - 9));
  const std::string empty = folder_.write("empty.tfrecord.gz", "");
  const std::string last = folder_.write("last.tfrecord", whole);
  const Ended ended = run("o", {frame, cut, empty, last}, {"--on-error", "skip"});
  ASSERT_EQ(ended.code, 0) << ended.err;
  const auto lines = rejected("o");
  ASSERT_EQ(lines.size(), 3U);
  EXPECT_EQ(lines[0]["file"], frame);
  EXPECT_EQ(lines[0]["record"], 6);
  EXPECT_TRUE(lines[0]["offset"].is_number());
  EXPECT_EQ(lines[1]["file"], cut);
  EXPECT_EQ(lines[1]["offset"], nullptr) << "compressed";
  EXPECT_EQ(lines[2]["file"], empty);
  EXPECT_EQ(run("p", {frame, folder_ / "none.tfrecord"}, {"--on-error", "skip"}).code, 3);
}

TEST_F(CliSkip, HasALimit) {
  const std::string bad = folder_.write("b.jsonl", "[]\n{\"tokens\": []}\n[]\n[]\n");
  EXPECT_EQ(run("o", {bad}, {"--on-error", "skip", "--max-errors", "3"}).code, 0);
  const Ended ended = run("p", {bad}, {"--on-error", "skip", "--max-errors", "2"});
  EXPECT_EQ(ended.code, 3);
  EXPECT_NE(ended.err.find("b.jsonl:4: "), std::string::npos) << ended.err;
  EXPECT_NE(ended.err.find("more than --max-errors 2"), std::string::npos) << ended.err;
}

TEST_F(CliSkip, HasTheSameBytesAfterAKill) {
  std::vector<std::string> records;
  for (int i = 0; i < 60; ++i) records.push_back(i % 3 == 1 ? std::string("\x0a\x05") : row(i));
  std::string bytes = framed_all(records);
  const std::string file = folder_.write("a.tfrecord", bytes + "broken behind");
  const std::vector<std::string> skip{"--on-error", "skip", "--resume"};
  ASSERT_EQ(run("whole", {file}, skip).code, 0);
  const auto whole = contents(folder_ / "whole");
  ASSERT_TRUE(whole.contains("rejected.jsonl"));
  // All that a kill can leave: without the manifest, without the notes, with gaps.
  for (const auto& gone : std::vector<std::vector<std::string>>{
           {"rejected.jsonl"},
           {"manifest.json"},
           {"manifest.json", "rejected.jsonl"},
           {"manifest.json", "rejected.jsonl", "part-00001.safetensors"},
           {"manifest.json", "rejected.jsonl", "part-00003.safetensors"}}) {
    for (const std::string& name : gone) fs::remove(folder_ / ("whole/" + name));
    ASSERT_EQ(run("whole", {file}, skip).code, 0);
    EXPECT_TRUE(contents(folder_ / "whole") == whole) << gone.back();
  }
}

}  // namespace
}  // namespace seqfeat::test
