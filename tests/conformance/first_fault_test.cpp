// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "seqfeat/error.hpp"
#include "seqfeat/layer.hpp"
#include "tests/support/backend_test.hpp"

namespace seqfeat::test {
namespace {

class FirstFault : public BackendTest {};

TEST_P(FirstFault, IsReportedOfManyThatADeviceSees) {
  if (!backend().on_device()) GTEST_SKIP() << "this backend has no device memory";
  // Every row from 5 on is too long, each seen by another warp.
  std::vector<std::int64_t> offsets{0};
  for (int b = 0; b < 40; ++b) offsets.push_back(offsets.back() + (b < 5 ? 1 : 3));
  const std::vector<std::int64_t> tokens(static_cast<std::size_t>(offsets.back()), 7);
  const Buffer rows = to_backend<std::int64_t>(backend(), offsets);
  const Buffer data = to_backend<std::int64_t>(backend(), tokens);
  RaggedView view;
  view.dtype = DType::int64;
  view.row_offsets = {rows.data(), std::ssize(offsets), true};
  view.data = data.data();
  view.value_count = std::ssize(tokens);
  view.location = Location::device;
  Features features;
  features.set("k", view);
  const SequenceFeatures layer(
      {embedding_column(sequence_categorical_column_with_hash_bucket("k", 10, DType::int64), 3)},
      backend(), {.max_length = 2, .padding = Padding::max_length});
  try {
    (void)layer(features);
    FAIL() << "no error";
  } catch (const DataError& error) {
    EXPECT_NE(std::string(error.what()).find("row 5"), std::string::npos) << error.what();
  }
}

SEQFEAT_ON_EVERY_BACKEND(FirstFault);

}  // namespace
}  // namespace seqfeat::test
