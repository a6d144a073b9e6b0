// SPDX-License-Identifier: Apache-2.0
#include "bench/cpu/plain_layer.hpp"

#include <gtest/gtest.h>

#include "bench/cpu/inputs.hpp"

// What workloads are held against must itself notice a wrong cell.

namespace seqfeat::bench {
namespace {

class PlainLayer : public testing::Test {
 protected:
  PlainLayer() {
    Ragged rows;
    for (const char* token : {"a", "bc"}) {
      rows.add_value(token);
      rows.end_step();
    }
    rows.end_row();
    rows.add_value("d");
    rows.end_row();
    batches_.resize(1);
    batches_[0].set("c0", std::move(rows));
    runner_.reserve(batches_);
    shape_ = runner_.run(batches_[0]);
  }

  [[nodiscard]] std::string difference() const {
    return difference_from_plain(*batches_[0].find("c0"), table(), shape_, runner_.outputs());
  }
  [[nodiscard]] TableView table() const { return runner_.layer().table("c0_embedding"); }

  LayerRunner runner_{columns_of(1, 50, 3), Backend::cpu(), {}};
  std::vector<Features> batches_;
  BatchSizes shape_;
};

TEST_F(PlainLayer, AgreesWithTheLayer) {
  EXPECT_EQ(difference(), "");
}

TEST_F(PlainLayer, NoticesAWrongValueLengthOrMask) {
  static_cast<float*>(runner_.outputs().values)[4] += 1;
  EXPECT_NE(difference().find("values of row 0, step 1"), std::string::npos);
  runner_.run(batches_[0]);
  static_cast<float*>(runner_.outputs().values)[10] = 1;  // padding
  EXPECT_NE(difference().find("values of row 1, step 1"), std::string::npos);
  runner_.run(batches_[0]);
  runner_.outputs().lengths[1] = 2;
  EXPECT_NE(difference().find("lengths of row 1"), std::string::npos);
  runner_.run(batches_[0]);
  runner_.outputs().mask[3] = 1;
  EXPECT_NE(difference().find("masks of row 1"), std::string::npos);
}

TEST_F(PlainLayer, CopiesTheRowsOfItsTokensOneBehindTheOther) {
  std::vector<float> copied(9);
  hash_and_copy(*batches_[0].find("c0"), table(), copied.data());
  const auto* values = static_cast<const float*>(runner_.outputs().values);
  for (std::size_t i = 0; i < 9; ++i) EXPECT_EQ(copied[i], values[i]) << i;
}

}  // namespace
}  // namespace seqfeat::bench
