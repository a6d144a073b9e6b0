// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "seqfeat/seqfeat.hpp"
#include "tests/support/backend_test.hpp"

// A column whose ids are the lengths of its tokens modulo n: what CONTRIBUTING.md says of a new
// type of column, done to copies of the two files that it names (see CMakeLists.txt).

namespace seqfeat::test {
namespace {

class ToySource : public BackendTest {};

constexpr const char* kEmbedded =
    R"({"type": "embedding_column", "dimension": 2, "categorical_column":
    {"type": "length_column", "key": "k", "num_buckets": 4}})";
constexpr const char* kCounted = R"({"type": "indicator_column", "categorical_column":
    {"type": "length_column", "key": "k", "num_buckets": 4}})";

TEST_P(ToySource, IsReadMappedGatheredAndCounted) {
  SequenceFeatures layer({parse_column(kEmbedded), parse_column(kCounted)}, backend());
  EmbeddingTable table(4, 2);
  for (int i = 0; i < 8; ++i) table.data()[i] = static_cast<float>(i);
  layer.bind("k_embedding", table.view());
  Features features;
  features.set("k", from_rows({{"abc", ""}, {std::string(9, 'x')}}));
  const Batch batch = layer(features, Emit::values_and_ids);
  EXPECT_EQ(batch.ids()[0].ids, (std::vector<std::int64_t>{3, 0, 1}));
  EXPECT_EQ(std::vector<float>(batch.values().begin(), batch.values().end()),
            (std::vector<float>{6, 7, 0, 0, 0, 1, 0, 1, 1, 0, 0, 0,  //
                                2, 3, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0}));
}

TEST_P(ToySource, StandsInSpecsAndMessages) {
  const Spec spec = parse_spec(std::string(R"({"columns": [)") + kCounted + "]}");
  EXPECT_NE(to_json(spec).find(R"("type": "length_column", "key": "k", "num_buckets": 4)"),
            std::string::npos);
  try {
    (void)parse_column(R"({"type": "lenght_column"})");
    FAIL() << "no error";
  } catch (const InvalidArgument& error) {
    EXPECT_NE(std::string(error.what()).find("did you mean 'length_column'"), std::string::npos);
  }
}

SEQFEAT_ON_EVERY_BACKEND(ToySource);

}  // namespace
}  // namespace seqfeat::test
