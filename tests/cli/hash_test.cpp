// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tests/cli/process.hpp"

namespace seqfeat::test {
namespace {

TEST(CliHash, WritesTensorFlowsBucketsALine) {
  const Folder folder;
  const Ended ended = seqfeat(folder, {"hash", "--buckets", "10"}, "a\nb\nc\nd\n");
  EXPECT_EQ(ended.out, "9\n2\n2\n5\n");
  EXPECT_EQ(ended.code, 0);
}

TEST(CliHash, TakesAnEmptyLineForTheEmptyTokenAndNeedsNoLastNewline) {
  const Folder folder;
  EXPECT_EQ(seqfeat(folder, {"hash", "--fingerprint"}, "Hello\n\na").out,
            "15404698994557526151\n11160318154034397263\n12917804110809363939\n");
  EXPECT_EQ(seqfeat(folder, {"hash", "--fingerprint"}, "").out, "");
}

TEST(CliHash, ReadsIntegersOfEveryWidth) {
  const Folder folder;
  EXPECT_EQ(seqfeat(folder, {"hash", "--buckets", "10", "--dtype", "int64"}, "101\n201\n301").out,
            "3\n7\n5\n");
  EXPECT_EQ(
      seqfeat(folder, {"hash", "--fingerprint", "--dtype", "uint64"}, "18446744073709551615\n-0\n")
          .out,
      "17294053880688369233\n15198969275252572735\n");
}

TEST(CliHash, NamesTheLineOfAnIntegerThatIsNone) {
  const Folder folder;
  for (const char* bad : {"x", "1.0", "+1", "", " 1", "128", "-129", "99999999999999999999"}) {
    const Ended ended = seqfeat(folder, {"hash", "--buckets", "10", "--dtype", "int8"},
                                std::string("127\n-128\n") + bad + "\n");
    EXPECT_EQ(ended.code, 3) << bad;
    EXPECT_NE(ended.err.find("standard input:3: token: got '"), std::string::npos) << ended.err;
  }
}

TEST(CliHash, TakesASaltForASipHash) {
  const Folder folder;
  // TensorFlow's to_hash_bucket_strong of "", "a", "b".
  EXPECT_EQ(seqfeat(folder, {"hash", "--buckets", "10", "--salt", "98765,132"}, "\na\nb\n").out,
            "6\n4\n2\n");
  for (const char* bad : {"1", "1,2,3", "-1,2", "1,x", "1,18446744073709551616"}) {
    const Ended ended = seqfeat(folder, {"hash", "--buckets", "10", "--salt", bad}, "a\n");
    EXPECT_EQ(ended.code, 2) << bad;
    EXPECT_NE(ended.err.find("--salt: got '"), std::string::npos) << ended.err;
  }
  EXPECT_EQ(seqfeat(folder, {"hash", "--fingerprint", "--salt", "1,2"}, "a\n").code, 2);
}

TEST(CliHash, PrintsOneObjectOfJson) {
  const Folder folder;
  EXPECT_EQ(seqfeat(folder, {"hash", "--json", "--buckets", "10"}, "a\nb\n").out,
            "{\"schema_version\":1,\"dtype\":\"string\",\"buckets\":10,\"ids\":[9,2]}\n");
}

}  // namespace
}  // namespace seqfeat::test
