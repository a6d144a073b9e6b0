// SPDX-License-Identifier: Apache-2.0
#include <cstdint>
#include <string>
#include <vector>

#include "tests/cli/jobs.hpp"

// Columns with a vocabulary, and hashes with a salt, as the program's commands see them.

namespace seqfeat::test {
namespace {

using Ids = std::vector<std::int64_t>;

class CliVocabulary : public Jobs {
 protected:
  CliVocabulary() { words_ = folder_.write("words.txt", "sea\r\ncloud\nwind"); }

  /// Makes the spec that `run` gets: bare columns of the key "w" and "v".
  void columns(const std::vector<std::string>& columns) {
    std::string list;
    for (const std::string& column : columns) list += (list.empty() ? "" : ",") + column;
    spec_ = folder_.write("s.json", R"({"columns": [)" + list + "]}");
  }
  [[nodiscard]] std::string file(const std::string& more = "") const {
    return R"({"type": "sequence_categorical_column_with_vocabulary_file", "key": "w",
              "vocabulary_file": ")" +
           words_ + '"' + more + "}";
  }

  std::string words_;
};

TEST_F(CliVocabulary, GivesIdsByListAndByFile) {
  columns({file(R"(, "num_oov_buckets": 1)"),
           R"({"type": "sequence_categorical_column_with_vocabulary_list", "key": "n",
               "vocabulary_list": [7, -2]})"});
  const std::string lines = folder_.write(
      "a.jsonl", "{\"w\": [\"wind\", \"x\"], \"n\": [-2, 0]}\n{\"w\": [], \"n\": []}\n");
  const Ended ended = run("o", {lines}, {"--emit", "ids"});
  ASSERT_EQ(ended.code, 0) << ended.err;
  EXPECT_EQ(integers_of(part("o", 0), "ids/w"), (Ids{2, 3}));
  EXPECT_EQ(integers_of(part("o", 0), "ids/n"), (Ids{1, -1}));
  EXPECT_EQ(seqfeat(folder_, {"verify", folder_ / "o"}).code, 0);
}

TEST_F(CliVocabulary, SaysWhatItsSpecMeans) {
  columns({R"({"type": "embedding_column", "dimension": 2, "categorical_column": )" +
           file(R"(, "num_oov_buckets": 5)") + "}"});
  const Ended ended = seqfeat(folder_, {"spec", spec_});
  EXPECT_EQ(ended.code, 0) << ended.err;
  EXPECT_NE(ended.out.find("w_embedding  F32 [8, 2]"), std::string::npos) << ended.out;
  EXPECT_NE(ended.out.find(R"("vocabulary_size": null, "default_value": null, )"
                           R"("num_oov_buckets": 5, "dtype": "string")"),
            std::string::npos)
      << ended.out;
}

TEST_F(CliVocabulary, InspectsTheTokensOfItsKey) {
  columns({file()});
  const std::string lines = folder_.write("a.txt", "sea x\nsea\n");
  const Ended ended = seqfeat(folder_, {"inspect", "--json", "--spec", spec_, lines});
  EXPECT_EQ(ended.code, 0) << ended.err;
  EXPECT_EQ(Json::parse(ended.out)["features"][0]["tokens"], 3);
}

// The path stays the same, so that the words themselves have to say that a run may not go on.
TEST_F(CliVocabulary, ResumesWithTheSameWordsOnly) {
  columns({file(R"(, "num_oov_buckets": 2)")});
  const std::string lines = folder_.write("a.txt", "sea wind\nx\n");
  ASSERT_EQ(run("o", {lines}, {"--emit", "ids"}).code, 0);
  EXPECT_EQ(run("o", {lines}, {"--emit", "ids", "--resume"}).code, 0);
  folder_.write("words.txt", "sea\r\nwind\ncloud");
  const Ended ended = run("o", {lines}, {"--emit", "ids", "--resume"});
  EXPECT_EQ(ended.code, 2);
  EXPECT_NE(ended.err.find("vocabularies"), std::string::npos) << ended.err;
  EXPECT_NE(ended.err.find("words.txt=crc32c:"), std::string::npos) << ended.err;
}

TEST_F(CliVocabulary, RefusesAFileThatMeansNothing) {
  const std::string lines = folder_.write("a.txt", "sea\n");
  const auto refused = [&](const std::string& column) {
    columns({column});
    const Ended ended = run("bad", {lines}, {"--emit", "ids"});
    EXPECT_EQ(ended.code, 2) << ended.err;
    return ended.err;
  };
  EXPECT_NE(refused(file(R"(, "vocabulary_size": 4)")).find("has 3 lines"), std::string::npos);
  folder_.write("words.txt", "sea\n\nwind\n");
  EXPECT_NE(refused(file()).find(":2: got an empty line"), std::string::npos);
  std::filesystem::remove(words_);
  EXPECT_NE(refused(file()).find("cannot be opened"), std::string::npos);
  EXPECT_NE(refused(file(R"(, "vocabulary_size": 4)")).find("cannot be opened"), std::string::npos);
}

TEST_F(CliVocabulary, StandsBesideAHashWithASalt) {
  columns({file(), R"({"type": "sequence_categorical_column_with_hash_bucket", "key": "v",
                       "hash_bucket_size": 10, "salt": ["98765", "132"], "mask_value": "m"})"});
  const std::string lines =
      folder_.write("a.jsonl", "{\"w\": [\"sea\", \"sea\"], \"v\": [\"m\", \"a\"]}\n");
  const Ended ended = run("o", {lines}, {"--emit", "ids"});
  ASSERT_EQ(ended.code, 0) << ended.err;
  const Ids ids = integers_of(part("o", 0), "ids/v");
  EXPECT_EQ(ids[0], 0);
  EXPECT_GE(ids[1], 1);
}

}  // namespace
}  // namespace seqfeat::test
