// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "seqfeat/safetensors.hpp"
#include "seqfeat/table.hpp"
#include "tests/cli/process.hpp"
#include "tests/cli/specs.hpp"
#include "tests/support/stored.hpp"

namespace seqfeat::test {
namespace {

class CliRun : public ::testing::Test {
 protected:
  /// Arguments of a run over `rows_` into the directory `output`.
  [[nodiscard]] std::vector<std::string> run(const std::string& output,
                                             std::vector<std::string> more = {}) const {
    std::vector<std::string> all{"run", "--quiet",  "--batch-size",   "20", "--spec",
                                 spec_, "--output", folder_ / output, rows_};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }

  /// Waits until a part is there.
  void wait_for_a_part(const std::string& output) const {
    for (int i = 0; i < 2000 && contents(folder_ / output).empty(); ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }

  static std::string many_rows() {
    std::string rows;
    for (int i = 0; i < 8000; ++i) {
      for (int t = 0; t < i % 11; ++t) rows += "t" + std::to_string((i * 7 + t) % 301) + " ";
      rows += "\n";
    }
    return rows;
  }

  Folder folder_;
  std::string spec_ = folder_.write("s.json", kSpec);
  std::string rows_ = folder_.write("rows.txt", many_rows());
};

TEST_F(CliRun, WritesTheSameBytesForAnyNumberOfThreads) {
  ASSERT_EQ(seqfeat(folder_, run("one"), "", {{"SEQFEAT_NUM_THREADS", "1"}}).code, 0);
  const auto one = contents(folder_ / "one");
  EXPECT_EQ(one.size(), 401U);
  for (const char* threads : {"2", "7"}) {
    ASSERT_EQ(seqfeat(folder_, run(threads), "", {{"SEQFEAT_NUM_THREADS", threads}}).code, 0);
    EXPECT_TRUE(contents(folder_ / threads) == one) << threads;
  }
}

TEST_F(CliRun, GoesOnAfterAnySignalToTheSameBytes) {
  ASSERT_EQ(seqfeat(folder_, run("whole")).code, 0);
  const auto whole = contents(folder_ / "whole");
  for (const int signal : {SIGKILL, SIGTERM, SIGINT}) {
    SCOPED_TRACE(signal);
    const std::string name = "signal" + std::to_string(signal);
    Process process(folder_, run(name));
    wait_for_a_part(name);
    process.kill(signal);
    EXPECT_EQ(process.wait().code, 128 + signal);
    auto left = contents(folder_ / name);
    EXPECT_FALSE(left.contains("manifest.json"));
    for (const auto& [file, bytes] : left) {
      // Beside whole parts only what a killed writer could not remove any more.
      ASSERT_EQ(whole.contains(file), file.starts_with("part-")) << file;
      EXPECT_TRUE(!whole.contains(file) || bytes == whole.at(file)) << file;
    }
    ASSERT_EQ(seqfeat(folder_, run(name, {"--resume"})).code, 0);
    EXPECT_TRUE(contents(folder_ / name) == whole);
    EXPECT_EQ(seqfeat(folder_, run(name, {"--resume"})).code, 0) << "nothing left to do";
  }
}

// 25 seconds of a processor to initialise, 400 MB to save: a stop waits for neither.
TEST_F(CliRun, StopsWhileTablesAreMade) {
  const std::string spec = folder_.write("large.json", R"({"columns": [{"type": "embedding_column",
    "dimension": 100, "categorical_column": {"type": "sequence_categorical_column_with_hash_bucket",
    "key": "tokens", "hash_bucket_size": 5000000}}]})");
  Process process(folder_, {"run", "--quiet", "--spec", spec, "--output", folder_ / "o", rows_});
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  const auto begin = std::chrono::steady_clock::now();
  process.kill(SIGTERM);
  EXPECT_EQ(process.wait().code, 128 + SIGTERM);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(2));
  EXPECT_TRUE(contents(folder_ / "o").empty());
}

// Two parts are written at a time, so a killed run may have finished the later one only.
TEST_F(CliRun, GoesOnFromAGapBetweenItsParts) {
  ASSERT_EQ(seqfeat(folder_, run("o")).code, 0);
  const auto whole = contents(folder_ / "o");
  std::filesystem::remove(folder_ / "o/manifest.json");
  std::filesystem::remove(folder_ / "o/part-00007.safetensors");
  std::filesystem::copy(folder_ / "o/part-00000.safetensors", folder_ / "o/part-99999.safetensors");
  ASSERT_EQ(seqfeat(folder_, run("o", {"--resume"})).code, 0);
  EXPECT_TRUE(contents(folder_ / "o") == whole);
}

TEST_F(CliRun, DoesNotGoOnWithOtherOptionsOrOtherInput) {
  ASSERT_EQ(seqfeat(folder_, run("o")).code, 0);
  EXPECT_EQ(seqfeat(folder_, run("o", {"--resume", "--emit", "ids"})).code, 2);
  std::filesystem::remove(folder_ / "o/manifest.json");
  EXPECT_EQ(seqfeat(folder_, run("o", {"--resume", "--emit", "ids"})).code, 2);
  std::string changed = many_rows();
  changed[changed.find("t7")] = 'u';
  folder_.write("rows.txt", changed);  // of the same size
  const Ended ended = seqfeat(folder_, run("o", {"--resume"}));
  EXPECT_EQ(ended.code, 2);
  EXPECT_NE(ended.err.find("got other input"), std::string::npos) << ended.err;
  EXPECT_EQ(seqfeat(folder_, run("o", {"--overwrite"})).code, 0);
}

TEST_F(CliRun, TakesTablesOfHalvesAsThoseOfTheSameNumbers) {
  Rng rng(1);
  const std::vector<float> floats = random_floats(rng, 300);
  const auto run_with = [&](const std::string& output, const StoredTable& table) {
    const std::string file = folder_ / (output + ".safetensors");
    save_tables(file, {{"tokens_embedding", table.view()}});
    const Ended ended =
        seqfeat(folder_, run(output, {"--tables", file, "--save-tables", folder_ / "saved"}));
    EXPECT_EQ(ended.code, 0) << ended.err;
    EXPECT_EQ(load_table(folder_ / "saved", "tokens_embedding").type(), table.type);
    const SafetensorsFile part(folder_ / (output + "/part-00001.safetensors"));
    const auto bytes = part.tensors().at("values").data;
    return std::vector<std::byte>(bytes.begin(), bytes.end());
  };
  for (const FloatType type : {FloatType::float16, FloatType::bfloat16}) {
    const std::string name(to_string(type));
    const auto wide = stored_table(FloatType::float32, rounded(type, floats), 3, 3);
    EXPECT_EQ(run_with(name, stored_table(type, floats, 3, 3)), run_with(name + " wide", wide));
    std::filesystem::remove(folder_ / (name + "/manifest.json"));
    const Ended ended = seqfeat(
        folder_, run(name, {"--resume", "--tables", folder_ / (name + " wide.safetensors")}));
    EXPECT_EQ(ended.code, 2) << ended.err;
  }
}

TEST_F(CliRun, LeavesOnlyWholePartsWhereTheDiskRefuses) {
  ASSERT_EQ(seqfeat(folder_, run("whole")).code, 0);
  const auto whole = contents(folder_ / "whole");
  // Room for the first part, but not for the largest.
  long largest = 0;
  for (const auto& [file, bytes] : whole) {
    if (file.starts_with("part-")) largest = std::max(largest, static_cast<long>(bytes.size()));
  }
  Process process(folder_, run("full"), "", {}, {.largest_file = largest - 1, .threads = {}});
  const Ended ended = process.wait();
  EXPECT_EQ(ended.code, 1);
  EXPECT_NE(ended.err.find(".safetensors: "), std::string::npos) << ended.err;
  for (const auto& [file, bytes] : contents(folder_ / "full")) {
    ASSERT_TRUE(whole.contains(file)) << file;
    EXPECT_TRUE(bytes == whole.at(file)) << file;
  }
}

TEST_F(CliRun, MakesAManifestWithoutPartsOfNoRows) {
  const std::string empty = folder_.write("empty.txt", "");
  EXPECT_EQ(
      seqfeat(folder_, {"run", "--quiet", "--spec", spec_, "--output", folder_ / "o", empty}).code,
      0);
  const auto files = contents(folder_ / "o");
  ASSERT_EQ(files.size(), 1U);
  EXPECT_NE(files.at("manifest.json").find("\"parts\": []"), std::string::npos);
}

TEST_F(CliRun, ReadsWhatConvertWroteAsIfItWereTheOriginal) {
  const std::string lines = folder_.write("in.jsonl",
                                          "{\"tokens\": [\"a\", [\"b\", \"c\"], [], null], "
                                          "\"label\": 1}\n{\"tokens\": null, \"label\": -7}\n"
                                          "{\"tokens\": [\"" +
                                              std::string(128, 'x') + "\"], \"label\": 128}\n");
  const auto convert = seqfeat(folder_, {"convert", "--to", "tfrecord", "--compression", "gzip",
                                         lines, folder_ / "in.tfrecord.gz"});
  ASSERT_EQ(convert.code, 0) << convert.err;
  const auto tail = [&](const std::string& output, const std::vector<std::string>& input) {
    std::vector<std::string> all{"run",      "--quiet",       "--spec", spec_,
                                 "--keep",   "label",         "--emit", "values,lengths,mask,ids",
                                 "--output", folder_ / output};
    all.insert(all.end(), input.begin(), input.end());
    const Ended ended = seqfeat(folder_, all);
    EXPECT_EQ(ended.code, 0) << ended.err;
    const std::string part = read_file(folder_ / (output + "/part-00000.safetensors"));
    return part.substr(part.find("\"values\""));  // behind the metadata, which names the input
  };
  const std::string text = tail("a", {lines});
  EXPECT_NE(text.find("keep/label"), std::string::npos);
  // The headers are padded to 8 bytes behind metadata of different length.
  const std::string record =
      tail("b", {folder_ / "in.tfrecord.gz", "--input-format", "tfrecord:sequence_example"});
  const auto head = text.find("}}") + 2;
  EXPECT_EQ(text.substr(0, head), record.substr(0, head));
  EXPECT_EQ(text.substr(text.find_first_not_of(' ', head)),
            record.substr(record.find_first_not_of(' ', head)));
}

}  // namespace
}  // namespace seqfeat::test
