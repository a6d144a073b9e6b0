// SPDX-License-Identifier: Apache-2.0
#include <filesystem>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "tests/cli/jobs.hpp"

namespace seqfeat::test {
namespace {

namespace fs = std::filesystem;

class CliVerify : public Jobs {
 protected:
  void SetUp() override {
    const std::string file =
        folder_.write("a.jsonl",
                      "{\"tokens\": [\"a\", [\"b\", \"c\"]], \"id\": \"x\", \"label\": 0.5}\n"
                      "{\"tokens\": null, \"id\": \"yz\", \"label\": 1.5}\nnot json\n");
    ASSERT_EQ(run("o", {file},
                  {"--batch-size", "1", "--emit", "values,lengths,mask,ids", "--keep", "id,label",
                   "--on-error", "skip"})
                  .code,
              0);
  }
  Ended verify() const { return seqfeat(folder_, {"verify", folder_ / "o"}); }
  void SetUpAgain() {
    fs::remove_all(folder_ / "o");
    SetUp();
  }
  void expect_bad(const std::string& what) const {
    const Ended ended = verify();
    EXPECT_EQ(ended.code, 3) << what;
    EXPECT_NE(ended.err.find(what), std::string::npos) << ended.err;
  }
  /// Writes part 1 again, changed, and makes the manifest believe it.
  void replace_part(const std::function<void(std::map<std::string, TensorView>&)>& change) const {
    const SafetensorsFile old(part("o", 1));
    std::map<std::string, TensorView> named(old.tensors().begin(), old.tensors().end());
    change(named);
    const std::vector<std::pair<std::string, TensorView>> tensors(named.begin(), named.end());
    const WrittenFile written =
        write_safetensors(folder_ / "new", tensors, {old.metadata().begin(), old.metadata().end()});
    fs::rename(folder_ / "new", part("o", 1));
    Json about = manifest("o");
    about["parts"][1]["bytes"] = written.bytes;
    about["parts"][1]["crc32c"] = written.crc32c;
    folder_.write("o/manifest.json", about.dump());
  }
};

TEST_F(CliVerify, FindsAWholeRunWhole) {
  EXPECT_EQ(verify().code, 0);
  const Ended ended = seqfeat(folder_, {"verify", "--json", folder_ / "o"});
  const Json about = Json::parse(ended.out);
  EXPECT_EQ(about["parts"], 2);
  EXPECT_EQ(about["rows"], 2);
  ASSERT_EQ(run("ragged", {text("a.txt", 25)}, {"--emit", "ragged,ids"}).code, 0);
  EXPECT_EQ(seqfeat(folder_, {"verify", folder_ / "ragged"}).code, 0);
}

TEST_F(CliVerify, NamesTheFirstBadPart) {
  flip(part("o", 1), 1);
  expect_bad("part-00001.safetensors: got bytes with CRC");
  fs::resize_file(part("o", 1), 10);
  expect_bad("part-00001.safetensors: got 10 bytes");
  fs::remove(part("o", 1));
  expect_bad("part-00001.safetensors: cannot be read");
  ASSERT_EQ(run("o", {folder_ / "a.jsonl"},
                {"--batch-size", "1", "--emit", "values,lengths,mask,ids", "--keep", "id,label",
                 "--on-error", "skip", "--resume"})
                .code,
            0);
  EXPECT_EQ(verify().code, 0) << "made again";
}

TEST_F(CliVerify, ComparesTensorsWithTheSpec) {
  replace_part([](auto& tensors) { tensors.erase("lengths"); });
  expect_bad("part-00001.safetensors: tensor 'lengths': got nothing");
  SetUpAgain();
  replace_part([](auto& tensors) { tensors["other"] = tensors["lengths"]; });
  expect_bad("tensor 'other': got I64");
  SetUpAgain();
  replace_part([](auto& tensors) { tensors["lengths"].dtype = "F64"; });
  expect_bad("tensor 'lengths': got F64");
  SetUpAgain();
  replace_part([](auto& tensors) {
    tensors["row_offsets/tokens_embedding"] = tensors["keep_offsets/id"];  // 0, 2
  });
  expect_bad("tensor 'step_offsets/tokens_embedding': got I64");
}

TEST_F(CliVerify, WantsOffsetsThatDoNotFall) {
  ASSERT_EQ(run("o", {text("rows.txt", 4)}, {"--emit", "ragged", "--overwrite"}).code, 0);
  fs::copy(part("o", 0), part("o", 1));
  const std::vector<std::int64_t> falling{0, 4, 3, 6, 10};
  Json about = manifest("o");
  about["parts"].push_back(about["parts"][0]);
  about["parts"][1]["file"] = "part-00001.safetensors";
  about["parts"][1]["first_row"] = 4;
  about["rows"] = 8;
  folder_.write("o/manifest.json", about.dump());
  ASSERT_EQ(verify().code, 0) << "the same part twice";
  replace_part(
      [&](auto& tensors) { tensors["row_offsets"].data = std::as_bytes(std::span(falling)); });
  expect_bad("tensor 'row_offsets': got 3 behind 4, expected offsets from 0 that do not fall");
}

TEST_F(CliVerify, WantsAManifestAndTheRejectedRecords) {
  fs::remove(folder_ / "o/rejected.jsonl");
  expect_bad("rejected.jsonl: got no file, expected 1 lines");
  folder_.write("o/rejected.jsonl", "");
  expect_bad("rejected.jsonl: got 0 lines, expected 1 lines");
  folder_.write("o/manifest.json", "{}");
  expect_bad("manifest.json: is no manifest");
  fs::remove(folder_ / "o/manifest.json");
  expect_bad("manifest.json: is missing");
}

}  // namespace
}  // namespace seqfeat::test
