// SPDX-License-Identifier: Apache-2.0
// The runner under test: what is wrong is reported, what is right is not.
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "tests/golden/plant.hpp"
#include "tests/golden/runner.hpp"

namespace seqfeat::golden {
namespace {

namespace fs = std::filesystem;

struct Report {
  Counts counts;
  std::set<std::string> failures;  ///< "<backend> <file> <name>"
};

class GoldenRunner : public ::testing::Test {
 protected:
  GoldenRunner()
      : directory_(fs::path(::testing::TempDir()) /
                   ("golden-selftest-" + std::to_string(::getpid()))) {
    fs::remove_all(directory_);
    fs::create_directories(directory_);
  }
  ~GoldenRunner() override {
    std::error_code ignored;
    fs::remove_all(directory_, ignored);
  }

  void write(const std::string& file, const std::string& text) const {
    std::ofstream(directory_ / file, std::ios::binary) << text;
  }

  /// Runs the directory; the difference behind a failure's name is cut off.
  [[nodiscard]] Report run(const Where& where) const {
    std::ostringstream out;
    Report report{run_directory(directory_, where, out), {}};
    std::istringstream lines(out.str());
    for (std::string line; std::getline(lines, line);) {
      EXPECT_EQ(line.substr(0, 5), "FAIL ") << line;
      EXPECT_NE(line.find(": "), std::string::npos) << line;
      report.failures.insert(line.substr(5));
    }
    return report;
  }
  [[nodiscard]] Report run() const { return run({.backends = {{"cpu", Backend::cpu()}}}); }

  /// The files of this folder.
  [[nodiscard]] static std::map<std::string, Json> golden_files() {
    std::map<std::string, Json> files;
    for (const auto& entry : fs::directory_iterator(SEQFEAT_GOLDEN_DIRECTORY)) {
      if (entry.path().extension() != ".json") continue;
      std::ifstream stream(entry.path());
      files[entry.path().filename().string()] = Json::parse(stream);
    }
    return files;
  }

  /// One case in a file of its own.
  void write_case(const std::string& file, const Json& one) const {
    write(file, Json{{"format", 2}, {"cases", Json::array({one})}}.dump());
  }

 private:
  fs::path directory_;
};

/// True if each failure begins with its own one of `expected`, and none is left over.
::testing::AssertionResult exactly(std::set<std::string> failures,
                                   const std::set<std::string>& expected) {
  for (const std::string& start : expected) {
    const auto found = failures.lower_bound(start + ": ");
    if (found == failures.end() || found->compare(0, start.size() + 2, start + ": ") != 0) {
      return ::testing::AssertionFailure() << "not reported: " << start;
    }
    failures.erase(found);
  }
  if (failures.empty()) return ::testing::AssertionSuccess();
  return ::testing::AssertionFailure() << "reported without a cause: " << *failures.begin();
}

TEST_F(GoldenRunner, FindsNothingWrongWithAnUntouchedCopy) {
  long cases = 0;
  for (const auto& [file, json] : golden_files()) {
    write(file, json.dump());
    cases += static_cast<long>(json["cases"].size());
  }
  const Report report = run();
  EXPECT_EQ(report.counts.passed, cases);
  EXPECT_EQ(report.counts.failed, 0);
  EXPECT_TRUE(exactly(report.failures, {}));
}

TEST_F(GoldenRunner, ReportsExactlyTheCasesInWhichABitWasChanged) {
  constexpr std::size_t kRounds = 3;
  std::mt19937_64 random(20210101);
  for (std::size_t round = 0; round < kRounds; ++round) {
    std::set<std::string> planted;
    for (auto& [file, json] : golden_files()) {
      for (std::size_t i = round; i < json["cases"].size(); i += kRounds) {
        Json& one = json["cases"][i];
        if (plant_fault(one, json.value("tensors", Json::object()), random)) {
          planted.insert("cpu " + file + ' ' + one["name"].get<std::string>());
        }
      }
      write(file, json.dump());
    }
    ASSERT_GT(planted.size(), 400U);
    const Report report = run();
    EXPECT_TRUE(exactly(report.failures, planted)) << "round " << round;
    EXPECT_EQ(report.counts.failed, static_cast<long>(planted.size()));
  }
}

TEST_F(GoldenRunner, ReportsAnRnnThatIsBeyondTheTolerance) {
  std::set<std::string> planted;
  Json json = golden_files().at("example.json");
  for (std::size_t i = 0; i < json["cases"].size(); i += 2) {
    Json& one = json["cases"][i];
    ASSERT_TRUE(plant_rnn_fault(one));
    planted.insert("cpu example.json " + one["name"].get<std::string>());
  }
  write("example.json", json.dump());
  EXPECT_TRUE(exactly(run().failures, planted));
}

TEST_F(GoldenRunner, RunsEveryCaseOnEveryBackendThatItTouches) {
  const auto cases = [&](const char* file) {
    const Json json = golden_files().at(file);
    write(file, json.dump());
    return static_cast<long>(json["cases"].size());
  };
  const long on_backends = cases("hash_bucket.json");
  const long on_none = cases("spec.json");
  Where where{.backends = {{"first", Backend::cpu()}, {"second", Backend::cpu()}}};
  EXPECT_EQ(run(where).counts.passed, 2 * on_backends + on_none);
  where.cases_without_backend = false;
  EXPECT_EQ(run(where).counts.passed, 2 * on_backends);
}

TEST_F(GoldenRunner, TakesADirectoryWithoutFilesForAFailure) {
  EXPECT_EQ(run().counts.failed, 1);
}

TEST_F(GoldenRunner, TakesAFileThatCannotBeReadForAFailure) {
  write("broken.json", "{\"format\": 2, \"cases\": [");
  write("none.json", R"({"format": 2, "cases": []})");
  write("old.json", R"({"format": 0, "cases": [{"name": "a", "kind": "fingerprint"}]})");
  write("plain.json", "7");
  const std::set<std::string> all{"cpu broken.json -", "cpu none.json -", "cpu old.json -",
                                  "cpu plain.json -"};
  EXPECT_TRUE(exactly(run().failures, all));
}

TEST_F(GoldenRunner, TakesAnUnknownKindForAFailure) {
  write_case("a.json", {{"name", "a case"}, {"kind", "telepathy"}, {"expect", Json::object()}});
  write_case("b.json", {{"name", "b case"}, {"expect", Json::object()}});
  const Report report = run();
  EXPECT_EQ(report.counts.failed, 2);
  EXPECT_EQ(report.counts.passed, 0);
}

TEST_F(GoldenRunner, TakesAnUnknownColumnTypeForAFailureEvenWhereAnErrorIsExpected) {
  const Json column = {{"type", "crossed_column"}, {"key", "k"}};
  const Json error = {{"error", {{"kinds", {"InvalidArgument"}}, {"names", Json::array()}}}};
  write_case("a.json", {{"name", "a"}, {"kind", "column"}, {"column", column}, {"expect", error}});
  write_case(
      "b.json",
      {{"name", "b"}, {"kind", "layer"}, {"columns", Json::array({column})}, {"expect", error}});
  EXPECT_TRUE(exactly(run().failures, {"cpu a.json a", "cpu b.json b"}));
}

TEST_F(GoldenRunner, TakesANameForAStringOfBytes) {
  const auto with = [](Json one, std::initializer_list<std::array<std::string, 2>> replacements) {
    std::string text = one.dump();
    for (const auto& [from, to] : replacements) {
      std::size_t at = text.find(from);
      if (at == std::string::npos) ADD_FAILURE() << "the case has no " << from;
      for (; at != std::string::npos; at = text.find(from, at + to.size())) {
        text.replace(at, from.size(), to);
      }
    }
    return Json::parse(text);
  };
  const Json parse = golden_files().at("parse_example.json")["cases"][0];
  write_case("parse.json", with(parse, {{R"("w")", R"("\u0000")"},
                                        {"ChAKDgoBdxIJ", "ChAKDgoBABIJ"},  // the records' own "w"
                                        {"ChIKEAoBdxIL", "ChIKEAoBABIL"}}));
  Json layer = golden_files().at("sequence_features.json");
  layer["cases"] =
      Json::array({with(layer["cases"][0], {{R"("a")", R"("a\u0000b")"},
                                            {R"("a_embedding")", R"("a\u0000b_embedding")"}})});
  write("layer.json", layer.dump());
  const Report report = run();
  EXPECT_EQ(report.counts.passed, 2);
  EXPECT_TRUE(exactly(report.failures, {}));
}

}  // namespace
}  // namespace seqfeat::golden
