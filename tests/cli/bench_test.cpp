// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "tests/cli/process.hpp"

// `seqfeat bench`. Whether its figures are right is not a test's to say; that they are there is.

namespace seqfeat::test {
namespace {

using Json = nlohmann::json;

TEST(CliBench, IsAmongTheCommands) {
  const Folder folder;
  EXPECT_NE(seqfeat(folder, {"--help"}).out.find("bench"), std::string::npos);
}

TEST(CliBench, SaysHowToGetTheProgramThatMeasuresWhereItIsNotBesideThisOne) {
  const Folder folder;
  const std::string alone = folder / "seqfeat";
  std::filesystem::copy_file(tested_program(), alone);
  for (const char* option : {"--list", "--json", "--help"}) {
    const Ended ended = seqfeat(folder, {"bench", option}, "", {}, {}, alone);
    EXPECT_EQ(ended.code, 1) << option;
    EXPECT_NE(ended.err.find("cannot run " + folder / "seqfeat-bench-cpu"), std::string::npos)
        << ended.err;
    EXPECT_NE(ended.err.find("libbenchmark-dev"), std::string::npos) << ended.err;
  }
}

TEST(CliBench, HandsItsArgumentsOnAndEndsAsTheProgramBesideItEnds) {
  const Folder folder;
  const std::string program = folder / "seqfeat";
  std::filesystem::copy_file(tested_program(), program);
  const std::string beside =
      folder.write("seqfeat-bench-cpu", "#!/bin/sh\nprintf '%s,' \"$@\"\nexit 7\n");
  std::filesystem::permissions(beside, std::filesystem::perms::owner_all);
  Ended ended = seqfeat(folder, {"--quiet", "bench", "--json", "a b", "--help", "run", "--", "x"},
                        "", {}, {}, program);
  EXPECT_EQ(ended.out, "--quiet,bench,--json,a b,--help,run,--,x,");
  EXPECT_EQ(ended.code, 7);
  static_cast<void>(folder.write("seqfeat-bench-cpu", "#!/bin/sh\nkill -TERM $$\n"));
  ended = seqfeat(folder, {"bench"}, "", {}, {}, program);
  EXPECT_EQ(ended.code, 128 + 15);
}

#ifdef SEQFEAT_CLI_BENCH

/// `seqfeat bench` on the smallest inputs there are, with `more` arguments.
Ended tiny(const Folder& folder, const std::vector<std::string>& more) {
  std::vector<std::string> all{"bench",     "--quiet", "--scale",   "0.001",
                               "--samples", "3",       "--seconds", "0.0005"};
  all.insert(all.end(), more.begin(), more.end());
  return seqfeat(folder, all);
}

TEST(CliBench, ListsItsOptions) {
  const Folder folder;
  const Ended ended = seqfeat(folder, {"bench", "--help"});
  EXPECT_EQ(ended.code, 0);
  EXPECT_NE(ended.out.find("--workload"), std::string::npos) << ended.out;
}

TEST(CliBench, ListsTheNamesThatArePromised) {
  const Folder folder;
  const Ended ended = seqfeat(folder, {"bench", "--list"});
  ASSERT_EQ(ended.code, 0) << ended.err;
  std::vector<std::string> promised{"hash/int64/streamed",
                                    "layer/setmm512/d10",
                                    "layer/setmm512/d64",
                                    "layer/setmm512/d128",
                                    "layer/w5/d64",
                                    "layer/w5/d128",
                                    "parse/setmm",
                                    "parse/w5",
                                    "parse/int64",
                                    "parse/gzip",
                                    "jsonl/setmm",
                                    "jsonl/w5",
                                    "jsonl/int64",
                                    "crc32c",
                                    "end_to_end/setmm512/d10",
                                    "end_to_end/setmm512/d64",
                                    "vocabulary/words1000",
                                    "vocabulary/words32768",
                                    "vocabulary/load"};
  for (const char* mean : {"4", "8", "24", "100"}) {
    for (const char* kind : {"/uniform", "/fixed"}) {
      for (const char* where : {"/cached", "/streamed"}) {
        promised.push_back(std::string("hash/mean") + mean + kind + where);
      }
    }
  }
  for (const std::string& name : promised) {
    EXPECT_NE(("\n" + ended.out).find("\n" + name + "\n"), std::string::npos) << name;
  }
}

TEST(CliBench, ListsOnlyWhatBeginsWithThePrefixesInTheirOrder) {
  const Folder folder;
  const Ended ended =
      seqfeat(folder, {"bench", "--list", "--workload", "crc", "--workload", "parse/s"});
  EXPECT_EQ(ended.out, "crc32c\nparse/setmm\n");
}

TEST(CliBench, EndsWithTwoForAWorkloadThatNobodyKnows) {
  const Folder folder;
  for (const char* option : {"--list", "--quiet"}) {
    const Ended ended = seqfeat(folder, {"bench", option, "--workload", "W99"});
    EXPECT_EQ(ended.code, 2);
    EXPECT_NE(ended.err.find("got 'W99'"), std::string::npos) << ended.err;
  }
}

TEST(CliBench, EndsWithTwoForOptionsThatCannotBeMeant) {
  const Folder folder;
  EXPECT_EQ(seqfeat(folder, {"bench", "--threads", "0"}).code, 2);
  EXPECT_EQ(seqfeat(folder, {"bench", "--scale", "2"}).code, 2);
}

TEST(CliBench, PrintsOneJsonObjectWithEveryPromisedField) {
  const Folder folder;
  const Ended ended =
      tiny(folder, {"--json", "--workload", "hash/mean8", "--workload", "layer/setmm512/d10"});
  ASSERT_EQ(ended.code, 0) << ended.err;
  const Json json = Json::parse(ended.out);
  EXPECT_EQ(json["schema_version"], 1);
  EXPECT_TRUE(json["machine"].is_object());
  ASSERT_EQ(json["results"].size(), 5U);
  for (const Json& result : json["results"]) {
    for (const char* key : {"workload", "backend", "threads", "seconds", "samples", "tokens",
                            "bytes", "baseline", "baseline_seconds", "ratio"}) {
      ASSERT_TRUE(result.contains(key)) << key;
    }
    EXPECT_EQ(result["backend"], "cpu");
    EXPECT_EQ(result["threads"], 1);
    EXPECT_EQ(result["samples"].size(), 3U);
    EXPECT_GT(result["seconds"], 0);
    EXPECT_GT(result["tokens"], 0);
    EXPECT_GT(result["bytes"], 0);
    if (!result["baseline"].is_null()) {
      EXPECT_DOUBLE_EQ(result["ratio"],
                       result["baseline_seconds"].get<double>() / result["seconds"].get<double>());
    }
  }
  const Json& layer = json["results"].back();
  EXPECT_EQ(layer["baseline"], "memcpy");
  ASSERT_EQ(layer["references"].size(), 1U);
  EXPECT_GT(layer["references"][0]["ratio"], 0);
}

TEST(CliBench, TakesTheGlobalFormOfTheOptionToo) {
  const Folder folder;
  const Ended ended =
      seqfeat(folder, {"--json", "--quiet", "bench", "--scale", "0.0001", "--seconds", "0.0005",
                       "--samples", "1", "--workload", "crc32c"});
  EXPECT_EQ(ended.code, 0) << ended.err;
  EXPECT_EQ(Json::parse(ended.out)["results"][0]["workload"], "crc32c");
}

TEST(CliBench, SaysOnStandardErrorWhatTheJsonSaysOfDoubts) {
  const Folder folder;
  const Ended ended = tiny(folder, {"--json", "--workload", "hash/mean8/uniform"});
  ASSERT_EQ(ended.code, 0) << ended.err;
  const Json doubts = Json::parse(ended.out)["doubts"];
  ASSERT_TRUE(doubts.is_array());
  const bool said = ended.err.find("seqfeat: bench: figures are not to be trusted: ") == 0;
  EXPECT_EQ(said, !doubts.empty()) << ended.err;
  for (const Json& doubt : doubts) {
    EXPECT_TRUE(doubt["workload"].is_null() || doubt["workload"].is_string());
    EXPECT_FALSE(doubt["reason"].get<std::string>().empty());
  }
}

TEST(CliBench, DoubtsItsFiguresBesideABusyProgram) {
  const Folder folder;
  std::atomic<bool> stop{false};
  std::vector<std::jthread> busy;
  for (unsigned i = 0; i < 2 * std::max(1U, std::thread::hardware_concurrency()); ++i) {
    busy.emplace_back([&stop] {
      while (!stop.load(std::memory_order_relaxed)) {
      }
    });
  }
  const Ended ended = seqfeat(folder, {"bench", "--quiet", "--json", "--scale", "0.01", "--samples",
                                       "5", "--seconds", "0.1", "--workload", "crc32c"});
  stop = true;
  ASSERT_EQ(ended.code, 0) << ended.err;
  EXPECT_NE(ended.err.find("figures are not to be trusted"), std::string::npos) << ended.err;
  EXPECT_NE(Json::parse(ended.out)["doubts"].dump().find("other programs kept"), std::string::npos)
      << ended.out;
}

TEST(CliBench, WritesJsonToAFileBesideTheTable) {
  const Folder folder;
  const Ended ended = tiny(folder, {"--json", folder / "b.json", "--workload", "small"});
  ASSERT_EQ(ended.code, 0) << ended.err;
  EXPECT_NE(ended.out.find("small/1x20xd64"), std::string::npos);
  EXPECT_EQ(Json::parse(read_file(folder / "b.json"))["results"][0]["baseline"], "plain loop");
  EXPECT_EQ(tiny(folder, {"--json", folder / "none/b.json", "--workload", "small"}).code, 1);
}

TEST(CliBench, TellsOfAWorkloadWhoseInputIsMissingAndRunsTheOthers) {
  const Folder folder;
  const Ended ended =
      tiny(folder, {"--json", "--set-mm", folder / "none.tfrecord", "--workload", "parse/"});
  EXPECT_EQ(ended.code, 1);
  const Json json = Json::parse(ended.out);
  ASSERT_EQ(json["failures"].size(), 2U);
  EXPECT_EQ(json["failures"][0]["workload"], "parse/setmm");
  EXPECT_EQ(json["failures"][1]["workload"], "parse/gzip");
  EXPECT_NE(json["failures"][0]["reason"].get<std::string>().find("none.tfrecord"),
            std::string::npos);
  EXPECT_EQ(json["results"].size(), 2U);
}

TEST(CliBench, LeavesNothingBehindInTheDirectoryForTemporaryFiles) {
  const Folder folder;
  const auto left = [] {
    std::vector<std::string> names;
    for (const auto& file : std::filesystem::directory_iterator("/dev/shm")) {
      if (file.path().filename().string().starts_with("seqfeat-bench-")) {
        names.push_back(file.path().string());
      }
    }
    return names;
  };
  if (!std::filesystem::exists("/dev/shm")) GTEST_SKIP() << "no file system in memory";
  const auto before = left();
  EXPECT_EQ(tiny(folder, {"--workload", "run/"}).code, 0);
  EXPECT_EQ(left(), before);
}

#endif

}  // namespace
}  // namespace seqfeat::test
