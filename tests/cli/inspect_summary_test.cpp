// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <filesystem>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "run/advisor/flat_map.hpp"
#include "run/advisor/summary_form.hpp"
#include "seqfeat/safetensors.hpp"
#include "tests/cli/jobs.hpp"
#include "tests/support/random.hpp"

namespace seqfeat::test {
namespace {

namespace fs = std::filesystem;

/// Three files of skewed tokens.
class CliInspectSummary : public ::testing::Test {
 protected:
  void SetUp() override {
    Rng random(5);
    for (int file = 0; file < 3; ++file) {
      std::string lines;
      for (int row = 0; row < 500; ++row) {
        for (int i = 0; i < row % 9; ++i) {
          lines += "w" + std::to_string(random.bits() >> random.between(52, 63)) + " ";
        }
        lines += "\n";
      }
      files_.push_back(folder_.write(std::to_string(file) + ".txt", lines));
    }
  }

  [[nodiscard]] Ended inspect(std::vector<std::string> arguments,
                              const std::vector<std::string>& files) const {
    arguments.insert(arguments.begin(), {"inspect", "--json"});
    arguments.insert(arguments.end(), files.begin(), files.end());
    return seqfeat(folder_, arguments);
  }
  /// The summary of a shard, with these options.
  [[nodiscard]] std::string shard(int index, std::vector<std::string> options) const {
    const std::string file = folder_ / ("s" + std::to_string(index));
    options.insert(options.end(), {"--shard", std::to_string(index) + "/3", "--summary", file});
    const Ended ended = inspect(options, files_);
    EXPECT_EQ(ended.code, 0) << ended.err;
    return file;
  }
  [[nodiscard]] Json merged(const std::vector<std::string>& options) const {
    const Ended ended =
        inspect({"--merge"}, {shard(0, options), shard(1, options), shard(2, options)});
    EXPECT_EQ(ended.code, 0) << ended.err;
    return Json::parse(ended.out);
  }

  /// A summary with other contents and a checksum that fits them.
  using Words = std::map<std::string, std::vector<std::uint64_t>>;
  using Metadata = std::map<std::string, std::string>;
  void forge(const std::string& from, const std::function<void(Words&, Metadata&)>& change) const {
    Words words;
    Metadata metadata;
    std::map<std::string, TensorView> tensors;
    {
      const SafetensorsFile file(from);
      metadata = {file.metadata().begin(), file.metadata().end()};
      for (const auto& [name, tensor] : file.tensors()) {
        words[name].resize(tensor.data.size() / 8);
        std::ranges::copy(tensor.data, std::as_writable_bytes(std::span(words[name])).begin());
        tensors[name] = tensor;
      }
    }
    change(words, metadata);
    std::vector<std::pair<std::string, TensorView>> list;
    for (auto& [name, tensor] : tensors) {
      if (!words.contains(name)) continue;
      const auto columns = static_cast<std::size_t>(tensor.shape[1]);
      tensor.shape[0] = static_cast<std::int64_t>(words[name].size() / columns);
      tensor.data = std::as_bytes(std::span(words[name]));
      list.emplace_back(name, tensor);
    }
    metadata["crc32c"] = run::summary_checksum(list, metadata);
    write_safetensors(folder_ / "forged", list, metadata);
  }
  void expect_refused(const std::string& what) const {
    const Ended ended = inspect({"--merge"}, {folder_ / "forged"});
    EXPECT_EQ(ended.code, 3) << what;
    EXPECT_NE(ended.err.find("forged: "), std::string::npos) << ended.err;
    EXPECT_NE(ended.err.find(what), std::string::npos) << ended.err;
    EXPECT_EQ(Json::parse(ended.out)["error"]["file"], folder_ / "forged");
  }

  Folder folder_;
  std::vector<std::string> files_;
};

TEST_F(CliInspectSummary, OfShardsIsTheReportOfAll) {
  const std::vector<std::string> options{"--buckets", "100,2000"};
  EXPECT_EQ(merged(options), Json::parse(inspect(options, files_).out));
  // A size that no shard was asked about is known all the same: everything was counted.
  const Ended more = inspect({"--merge", "--buckets", "77"}, {folder_ / "s0"});
  EXPECT_EQ(Json::parse(more.out)["features"][0]["buckets"].size(), 3U) << more.err;
}

TEST_F(CliInspectSummary, OfShardsHasTheEstimatesOfAll) {
  const std::vector<std::string> options{"--buckets", "100,2000", "--exact-up-to", "256"};
  const Json sum = merged(options)["features"][0];
  const Json all = Json::parse(inspect(options, files_).out)["features"][0];
  EXPECT_EQ(sum["exact"], false);
  for (const char* key : {"distinct", "lengths", "tokens", "steps", "longest"}) {
    EXPECT_EQ(sum[key], all[key]) << key;
  }
  for (std::size_t i = 0; i < 2; ++i) {
    for (const char* key : {"occupied", "collisions", "share", "expected_share"}) {
      EXPECT_EQ(sum["buckets"][i][key], all["buckets"][i][key]) << key;
    }
  }
  for (std::size_t i = 0; i < all["coverage"].size(); ++i) {
    EXPECT_NEAR(sum["coverage"][i]["share"].get<double>(),
                all["coverage"][i]["share"].get<double>(), 0.03);
  }
}

TEST_F(CliInspectSummary, OfAMergeCanBeMergedAgain) {
  for (const char* most : {"256", "100000"}) {
    const std::vector<std::string> options{"--buckets", "100", "--exact-up-to", most};
    const Ended first =
        inspect({"--merge", "--summary", folder_ / "sum"}, {shard(0, options), shard(1, options)});
    ASSERT_EQ(first.code, 0) << first.err;
    EXPECT_EQ(inspect({"--merge"}, {folder_ / "sum"}).out, first.out);
    EXPECT_EQ(Json::parse(inspect({"--merge"}, {folder_ / "sum", shard(2, options)}).out)["rows"],
              1500);
  }
}

TEST_F(CliInspectSummary, CountsRowsWithoutAFeatureAsEmpty) {
  const std::string a = folder_.write("a.jsonl", "{\"x\": [1]}\n{\"x\": [2, 3]}\n");
  const std::string b = folder_.write("b.jsonl", "{\"y\": [\"q\"]}\n");
  ASSERT_EQ(inspect({"--summary", folder_ / "a"}, {a}).code, 0);
  ASSERT_EQ(inspect({"--summary", folder_ / "b"}, {b}).code, 0);
  const Ended sum = inspect({"--merge"}, {folder_ / "a", folder_ / "b"});
  EXPECT_EQ(Json::parse(sum.out), Json::parse(inspect({}, {a, b}).out));
}

TEST_F(CliInspectSummary, RefusesWhatDoesNotFitTogether) {
  const std::vector<std::string> few{"--buckets", "100", "--exact-up-to", "256"};
  const std::string s0 = shard(0, few);
  const std::string s1 = shard(1, {"--buckets", "200"});
  const Ended sizes = inspect({"--merge"}, {s1, s0});
  EXPECT_EQ(sizes.code, 2);
  EXPECT_NE(sizes.err.find("s0: tokens: got estimates without 200 buckets"), std::string::npos)
      << sizes.err;
  const std::string numbers = folder_.write("n.jsonl", "{\"tokens\": [1]}\n");
  ASSERT_EQ(inspect({"--summary", folder_ / "n"}, {numbers}).code, 0);
  const Ended types = inspect({"--merge"}, {s1, folder_ / "n"});
  EXPECT_EQ(types.code, 2);
  EXPECT_NE(types.err.find("n: tokens: got int64, expected string"), std::string::npos)
      << types.err;
  EXPECT_EQ(inspect({"--merge", "--shard", "0/3"}, {s0}).code, 2);
}

TEST_F(CliInspectSummary, RefusesDamagedFiles) {
  const std::string s0 = shard(0, {"--buckets", "100", "--exact-up-to", "256"});
  const std::string whole = read_file(s0);
  Rng random(9);
  for (int i = 0; i < 12; ++i) {
    std::string bytes = whole;
    const auto at = static_cast<std::size_t>(random.between(0, std::ssize(bytes) - 1));
    if (i % 3 == 0) {
      bytes.resize(at);
    } else {
      bytes[at] = static_cast<char>(bytes[at] ^ (1 << random.between(0, 6)));
    }
    folder_.write("forged", bytes);
    const Ended ended = inspect({"--merge"}, {folder_ / "forged"});
    EXPECT_EQ(ended.code, 3) << i << ", " << at;
    EXPECT_NE(ended.err.find("forged: "), std::string::npos) << ended.err;
  }
  fs::remove(folder_ / "forged");
  expect_refused("cannot");
  fs::copy(files_[0], folder_ / "forged");
  expect_refused("header");
}

// Files of which every byte agrees with the checksum, but not with what a summary says.
TEST_F(CliInspectSummary, RefusesForgedFiles) {
  const std::string s0 = shard(0, {"--buckets", "100,2000", "--exact-up-to", "256"});
  forge(s0, [](Words&, Metadata&) {});
  ASSERT_EQ(inspect({"--merge"}, {folder_ / "forged"}).code, 0) << "forging itself does no harm";
  const auto refuses = [&](const std::string& what, const std::string& name, std::size_t at,
                           std::uint64_t word) {
    forge(s0, [&](Words& words, Metadata&) { words.at(name).at(at) = word; });
    SCOPED_TRACE(what);
    expect_refused(what);
  };
  refuses("numbers/tokens: expected numbers from 0 to", "numbers/tokens", 0, ~0ULL);
  refuses("numbers/tokens: expected lengths of as many rows", "numbers/tokens", 6, 1);
  refuses("frequent/tokens: expected numbers from 1", "frequent/tokens", 1, 0);
  refuses("frequent/tokens: expected no more occurrences", "frequent/tokens", 1, 1ULL << 40);
  refuses("frequent/tokens: expected numbers from 0 to", "frequent/tokens", 2, 1ULL << 30);
  refuses("frequent/tokens: expected short names", "frequent/tokens", 5, ~0ULL);
  refuses("sizes/tokens: expected", "sizes/tokens", 0, 1);
  refuses("sizes/tokens: expected", "sizes/tokens", 2, 100);
  refuses("sizes/tokens: expected numbers from", "sizes/tokens", 0, ~0ULL);
  refuses("registers/tokens: expected numbers from 0 to 49", "registers/tokens", 7, 50);
  refuses("buckets/100/tokens: expected tokens in their buckets", "buckets/100/tokens", 1, 0);
  refuses("buckets/100/tokens: expected numbers from 0 to 99", "buckets/100/tokens", 0, 100);
  refuses("buckets/100/tokens: expected numbers from 1", "buckets/100/tokens", 2, 1);
  std::uint64_t other = 1;
  while (run::mixed(other) >> 63 == 0) ++other;
  refuses("sample/tokens: expected keys that the sample takes", "sample/tokens", 0, other);
  refuses("held/2000/tokens: expected tokens in their buckets", "held/2000/tokens", 1, 0);
  refuses("sample/tokens: expected numbers from 1", "sample/tokens", 1, 0);
  refuses("sample/tokens: expected numbers from 0 to 63", "numbers/tokens", 4, 64);
  refuses("sample/tokens: expected keys that the sample takes", "numbers/tokens", 4, 40);
  forge(s0, [](Words& words, Metadata&) {
    std::copy_n(words["frequent/tokens"].begin(), 1, words["frequent/tokens"].begin() + 6);
  });
  expect_refused("frequent/tokens: expected every token once");
  forge(s0, [](Words& words, Metadata&) { words.erase("registers/tokens"); });
  expect_refused("frequent/tokens: expected all occurrences");
  forge(s0, [](Words& words, Metadata&) { words.erase("sample/tokens"); });
  expect_refused("sample/tokens: expected a tensor of this name");
  forge(s0, [](Words& words, Metadata&) { words["registers/tokens"].resize(5); });
  expect_refused("registers/tokens: expected 65536 registers");
  forge(s0, [](Words& words, Metadata&) { words["numbers/tokens"].resize(5); });
  expect_refused("numbers/tokens: expected 70 numbers");
  const auto says = [&](const std::string& what, const std::string& key, const std::string& value,
                        const std::string& from = "") {
    forge(from.empty() ? s0 : from, [&](Words&, Metadata& metadata) { metadata[key] = value; });
    expect_refused(what);
  };
  says("rows: expected a number", "rows", "-1");
  says("exact_up_to: expected a number", "exact_up_to", "9999999999999");
  says("sample/tokens: expected keys that the sample takes", "exact_up_to", "2");
  says("dtype/tokens: got 'float'", "dtype/tokens", "float");
  says("sizes/x: expected a tensor", "dtype/x", "string");
  says("frequent/tokens: expected no more tokens than exact_up_to", "exact_up_to", "2",
       shard(1, {}));
  says("got 'part 2', expected 'inspect summary 1'", "seqfeat", "part 2");
}

}  // namespace
}  // namespace seqfeat::test
