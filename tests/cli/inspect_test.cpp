// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "seqfeat/example.hpp"
#include "seqfeat/fingerprint.hpp"
#include "seqfeat/tfrecord.hpp"
#include "tests/cli/process.hpp"

namespace seqfeat::test {
namespace {

using Json = nlohmann::json;

/// The tokens of the sample of set.mm, counted in the plainest way.
struct Sample {
  std::map<std::string, double> counts;
  double total = 0;

  Sample() {
    std::vector<std::string> records;
    TfRecordReader reader(SEQFEAT_SAMPLE);
    while (const auto record = reader.next()) records.emplace_back(*record);
    const Features features = parse_example(records, {{"tokens", DType::string}});
    const RaggedView view = features.views().begin()->second;
    for (std::int64_t i = 0; i < view.value_count; ++i) {
      counts[std::string(string_at(view.data, view.byte_offsets, i))] += 1;
    }
    total = static_cast<double>(view.value_count);
  }

  /// The share of the `words` most frequent tokens.
  [[nodiscard]] double covered(std::size_t words) const {
    std::vector<double> sorted;
    for (const auto& [token, count] : counts) sorted.push_back(count);
    std::sort(sorted.begin(), sorted.end(), std::greater<>());
    double sum = 0;
    for (std::size_t i = 0; i < std::min(words, sorted.size()); ++i) sum += sorted[i];
    return sum / total;
  }

  struct Bucket {
    int tokens = 0;
    double occurrences = 0;
  };
  [[nodiscard]] std::map<std::uint64_t, Bucket> buckets(std::uint64_t size) const {
    std::map<std::uint64_t, Bucket> buckets;
    for (const auto& [token, count] : counts) {
      Bucket& bucket = buckets[fingerprint64(token) % size];
      ++bucket.tokens;
      bucket.occurrences += count;
    }
    return buckets;
  }
  [[nodiscard]] double colliding_share(std::uint64_t size) const {
    double sum = 0;
    for (const auto& [at, bucket] : buckets(size))
      sum += bucket.tokens > 1 ? bucket.occurrences : 0;
    return sum / total;
  }
};

class CliInspect : public ::testing::Test {
 protected:
  [[nodiscard]] Json inspect(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), {"inspect", "--json"});
    const Ended ended = seqfeat(folder_, arguments);
    EXPECT_EQ(ended.code, 0) << ended.err;
    return Json::parse(ended.out);
  }
  Folder folder_;
};

/// Figures that are counts have to be within `of_counts` of the truth, relatively; shares within
/// `of_shares`.
void expect_near_truth(const Json& feature, const Sample& truth, double of_counts,
                       double of_shares) {
  const auto near = [&](const Json& figure, double expected) {
    EXPECT_NEAR(figure.get<double>(), expected, of_counts * expected) << figure;
  };
  const auto distinct = static_cast<double>(truth.counts.size());
  near(feature["distinct"], distinct);
  EXPECT_GE(feature["coverage"].size(), 4U);
  for (const Json& one : feature["coverage"]) {
    EXPECT_NEAR(one["share"].get<double>(), truth.covered(one["words"]), of_shares) << one;
  }
  ASSERT_EQ(feature["buckets"].size(), 3U);
  for (const Json& size : feature["buckets"]) {
    const auto buckets = size["buckets"].get<std::uint64_t>();
    const auto occupied = static_cast<double>(truth.buckets(buckets).size());
    const double n = static_cast<double>(buckets);
    const double expected = distinct - n + n * std::pow(1 - 1 / n, distinct);
    near(size["occupied"], occupied);
    near(size["collisions"], distinct - occupied);
    EXPECT_NEAR(size["expected_collisions"].get<double>(), expected, of_counts * expected + 1e-6);
    EXPECT_NEAR(size["share"].get<double>(), truth.colliding_share(buckets), of_shares) << buckets;
    EXPECT_NEAR(size["expected_share"].get<double>(), 1 - std::pow(1 - 1 / n, distinct - 1),
                of_shares + 1e-9);
  }
  for (const Json& one : feature["fewest_buckets"]) {
    const auto limit = one["share_below"].get<double>();
    near(one["on_average"], 1 / (1 - std::pow(1 - limit, 1 / (distinct - 1))) + 0.5);
  }
}

TEST_F(CliInspect, CountsTheSampleAndEstimatesItInLessMemory) {
  const Sample truth;
  ASSERT_GT(truth.counts.size(), 1000U);
  const Json all = inspect({"--buckets", "500,1000,4096", SEQFEAT_SAMPLE});
  EXPECT_EQ(all["schema_version"], 1);
  EXPECT_EQ(all["rows"], 8087);
  const Json exact = all["features"][0];
  EXPECT_EQ(exact["exact"], true);
  EXPECT_EQ(exact["tokens"], truth.total);
  expect_near_truth(exact, truth, 1e-5, 1e-12);
  for (const Json& one : exact["fewest_buckets"]) {
    EXPECT_LT(truth.colliding_share(one["for_these_tokens"]), one["share_below"].get<double>());
  }
  for (const char* most : {"512", "700"}) {
    const Json few = inspect({"--buckets", "500,1000,4096", "--exact-up-to", most, SEQFEAT_SAMPLE});
    const Json estimate = few["features"][0];
    EXPECT_EQ(estimate["exact"], false);
    EXPECT_EQ(estimate["lengths"], exact["lengths"]);
    expect_near_truth(estimate, truth, 0.02, 0.002);
    EXPECT_TRUE(estimate["fewest_buckets"][0]["for_these_tokens"].is_null());
  }
}

TEST_F(CliInspect, NamesFrequentTokensOfOneBucket) {
  const Json size = inspect({"--buckets", "1000", SEQFEAT_SAMPLE})["features"][0]["buckets"][0];
  ASSERT_FALSE(size["shared_by_top"].empty());
  for (const Json& one : size["shared_by_top"]) {
    EXPECT_GE(one["tokens"].size(), 2U);
    for (const Json& token : one["tokens"]) {
      const auto fingerprint = fingerprint64(token["token"].get<std::string>());
      EXPECT_EQ(token["fingerprint"], std::to_string(fingerprint));
      EXPECT_EQ(fingerprint % 1000, one["bucket"].get<std::uint64_t>());
    }
  }
  const Json alone =
      inspect({"--buckets", "1000", "--top", "1", SEQFEAT_SAMPLE})["features"][0]["buckets"][0];
  EXPECT_TRUE(alone["shared_by_top"].empty());
}

TEST_F(CliInspect, HasOneFormOfJson) {
  const std::string file = folder_.write("a.jsonl", "{\"n\": [5, 5, [7, -1]], \"e\": []}\n");
  const Json all = inspect({"--buckets", "2", file});
  const Json feature = Json::parse(R"({
    "key": "n", "dtype": "int64", "steps": 3, "tokens": 4, "exact": true, "distinct": 3, "longest": 3,
    "lengths": [{"from": 0, "to": 0, "rows": 0}, {"from": 1, "to": 1, "rows": 0},
                {"from": 2, "to": 3, "rows": 1}],
    "coverage": [{"words": 3, "share": 1.0}],
    "fewest_buckets": [{"share_below": 0.01, "on_average": 200, "for_these_tokens": 4},
                       {"share_below": 0.001, "on_average": 2000, "for_these_tokens": 4}]})");
  ASSERT_EQ(all["features"].size(), 2U);
  for (const auto& [key, value] : feature.items()) {
    EXPECT_EQ(all["features"][1][key], value) << key;
  }
  const Json size = all["features"][1]["buckets"][0];
  for (const char* key : {"buckets", "occupied", "collisions", "expected_collisions", "share",
                          "share_spread", "expected_share", "expected_share_spread"}) {
    EXPECT_TRUE(size[key].is_number()) << key;
  }
  EXPECT_EQ(size.size(), 9U);
  // Three integers in two buckets; an integer is hashed as its decimal text.
  ASSERT_FALSE(size["shared_by_top"].empty());
  for (const Json& token : size["shared_by_top"][0]["tokens"]) {
    EXPECT_EQ(token["fingerprint"],
              std::to_string(fingerprint64(token["token"].get<std::string>())));
  }
  EXPECT_EQ(all["features"][1].size(), feature.size() + 1);
  EXPECT_EQ(all["features"][0]["distinct"], 0);
  EXPECT_TRUE(all["features"][0]["coverage"].empty());
}

TEST_F(CliInspect, DrawsWhatItKnows) {
  const Ended ended = seqfeat(folder_, {"inspect", "--buckets", "1000,4096", SEQFEAT_SAMPLE});
  for (const char* part : {"8087 rows", "covers", "1,000  ", " ± ", " of 4,096 buckets:",
                           "less than 1 % of the tokens collide: with ", "for these tokens"}) {
    EXPECT_NE(ended.out.find(part), std::string::npos) << part << "\n" << ended.out;
  }
  EXPECT_EQ(seqfeat(folder_, {"inspect", "--buckets", "1000,4096", SEQFEAT_SAMPLE}).out, ended.out);
}

// Every line of the picture in the README is one that the program prints.
TEST_F(CliInspect, DrawsThePictureOfTheReadme) {
  const std::string readme = read_file(SEQFEAT_README);
  const std::string command =
      "seqfeat inspect --buckets 1000,4096,65536 data/set_mm_sample.tfrecord\n";
  const std::size_t asked = readme.find(command);
  ASSERT_NE(asked, std::string::npos);
  const std::size_t begin = readme.find("```text\n", asked) + 8;
  std::istringstream picture(readme.substr(begin, readme.find("```", begin) - begin));
  const std::string out =
      seqfeat(folder_, {"inspect", "--buckets", "1000,4096,65536", SEQFEAT_SAMPLE}).out;
  int lines = 0;
  for (std::string line; std::getline(picture, line); ++lines) {
    EXPECT_NE(out.find(line), std::string::npos) << line;
  }
  EXPECT_GT(lines, 10);
}

TEST_F(CliInspect, RefusesSizesThatAreNone) {
  for (const char* sizes : {"1", "0", "-5", "ten", "10,"}) {
    const Ended ended = seqfeat(folder_, {"inspect", "--buckets", sizes, SEQFEAT_SAMPLE});
    EXPECT_EQ(ended.code, 2);
    EXPECT_NE(ended.err.find("--buckets"), std::string::npos) << ended.err;
  }
  EXPECT_EQ(seqfeat(folder_, {"inspect", "--exact-up-to", "63", SEQFEAT_SAMPLE}).code, 2);
}

}  // namespace
}  // namespace seqfeat::test
