// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cstring>
#include <optional>

#include "tests/support/backend_test.hpp"
#include "tests/support/device.hpp"
#include "tests/training/learner.hpp"

// Two tables with 2^32 rows together, so that keys take more than 32 bits. Almost no row of them is
// ever touched.

namespace seqfeat::test {
namespace {

constexpr std::int64_t kRows = std::int64_t{1} << 31;

class HugeTables : public BackendTest {
 protected:
  void SetUp() override {
    if (!backend().trains()) GTEST_SKIP() << "the backend does not train";
  }
};

/// A table of kRows halves. Only rows that were set say anything.
class HugeTable {
 public:
  explicit HugeTable(const Backend& backend)
      : backend_(backend), memory_(backend.memory(), kRows * 2, kHostStream) {}

  [[nodiscard]] TableView view() const { return {memory_.data(), kRows, 1, 0, FloatType::float16}; }
  void set(std::int64_t row, float number) const {
    const std::vector<std::byte> half = as_elements({number}, FloatType::float16);
    backend_.copy(at(row), half.data(), 2, kHostStream);
    backend_.synchronize(kHostStream);
  }
  [[nodiscard]] float get(std::int64_t row) const {
    const std::vector<std::byte> bytes = downloaded(backend_, at(row), 2);
    std::uint16_t half = 0;
    std::memcpy(&half, bytes.data(), 2);
    return float_from_float16(half);
  }

 private:
  [[nodiscard]] void* at(std::int64_t row) const { return memory_.as<std::byte>() + row * 2; }

  const Backend& backend_;
  Buffer memory_;
};

TEST_P(HugeTables, KeepTheirRowsApart) {
  const LargeDevice large;
  std::optional<HugeTable> a;
  std::optional<HugeTable> b;
  try {
    a.emplace(backend());
    b.emplace(backend());
    const Buffer rest(backend().memory(), std::int64_t{1} << 26, kHostStream);  // what a step takes
  } catch (const OutOfMemory& reason) {
    GTEST_SKIP() << reason.what();
  }
  const auto column = [](const char* key) {
    return embedding_column(sequence_categorical_column_with_identity(key, kRows), 1);
  };
  SequenceFeatures layer({column("a"), column("b")}, backend());
  layer.bind("a_embedding", a->view());
  layer.bind("b_embedding", b->view());
  // The first row of b has the key behind that of the last one of a. In 32 bits, the key that means
  // no row would be that of the first row of a.
  const std::vector<std::int64_t> ids{kRows - 1, 0, 7, kRows - 1, kRows - 1};
  Ragged feature(DType::int64);
  for (const std::int64_t id : ids) feature.add_value(id);
  feature.end_steps();
  feature.end_row();
  Features features;
  features.set("a", feature.view());
  features.set("b", feature.view());
  for (const std::int64_t row : {std::int64_t{0}, std::int64_t{7}, kRows - 1}) {
    a->set(row, 1.0F);
    b->set(row, 2.0F);
  }
  TrainingRun run(layer, features);
  // Of each step a number for a, then one for b.
  const Uploaded gradient(backend(), {0.5F, 0.25F, 1, 2, 4, 8, 0.5F, 0.25F, 0.5F, 0.25F});

  SparseGradient sparse(layer, run.sizes(), kHostStream);
  layer.gradients({gradient.data()}, run.workspace(), sparse, kHostStream);
  const auto of_a = sparse.on_host("a_embedding", kHostStream);
  const auto of_b = sparse.on_host("b_embedding", kHostStream);
  EXPECT_EQ(of_a.ids, (std::vector<std::int64_t>{0, 7, kRows - 1}));
  EXPECT_EQ(of_b.ids, of_a.ids);
  EXPECT_EQ(of_a.rows, (std::vector<float>{1, 4, 1.5F}));
  EXPECT_EQ(of_b.rows, (std::vector<float>{2, 8, 0.75F}));

  OptimizerState state(layer, sgd({.learning_rate = 0.5}));
  layer.update({gradient.data()}, run.workspace(), state, kHostStream);
  backend().synchronize(kHostStream);
  EXPECT_EQ(a->get(0), 0.5F);
  EXPECT_EQ(a->get(7), -1.0F);
  EXPECT_EQ(a->get(kRows - 1), 0.25F);
  EXPECT_EQ(b->get(0), 1.0F);
  EXPECT_EQ(b->get(7), -2.0F);
  EXPECT_EQ(b->get(kRows - 1), 1.625F);
}

SEQFEAT_ON_EVERY_BACKEND(HugeTables);

}  // namespace
}  // namespace seqfeat::test
