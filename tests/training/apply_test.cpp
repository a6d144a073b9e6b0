// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <numeric>
#include <string>

#include "tests/conformance/on_device.hpp"
#include "tests/support/backend_test.hpp"
#include "tests/support/refusal.hpp"
#include "tests/training/learner.hpp"

// A step with sparse gradients that are there already.

namespace seqfeat::test {
namespace {

class Apply : public BackendTest {
 protected:
  void SetUp() override {
    if (!backend().trains()) GTEST_SKIP() << "the backend does not train";
  }
};

std::vector<Optimizer> optimizers() {
  return {sgd({.weight_decay = 0.1}), adagrad(), rowwise_adagrad(),
          adam({.stochastic_rounding = 3}), ftrl({.l1 = 0.01})};
}

constexpr FloatType kTypes[] = {FloatType::float32, FloatType::float16, FloatType::bfloat16};

/// The batch's sparse gradients, which are those of its values in `gradient`.
SparseGradient sparse_of(Learner& learner, TrainingRun& run, const std::vector<float>& gradient) {
  const SequenceFeatures& layer = learner.layer();
  SparseGradient sparse(layer, run.plan().capacity, kHostStream);
  const Uploaded uploaded(layer.backend(), gradient);
  layer.gradients({uploaded.data()}, run.workspace(), sparse, kHostStream);
  layer.backend().synchronize(kHostStream);
  return sparse;
}

TEST_P(Apply, LeavesTheBitsThatAnUpdateLeaves) {
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    SCOPED_TRACE(seed);
    RandomTraining random(seed, {.columns = static_cast<int>(seed % 4) + 1,
                                 .rows = 30,
                                 .length = 12,
                                 .buckets = seed % 2 == 0 ? 5 : 900,
                                 .dim = 70});
    const Lesson lesson{.columns = random.columns(),
                        .options = random.options(),
                        .optimizer = optimizers()[seed % 5],
                        .table_types = {kTypes[seed % 3]},
                        .gap = static_cast<std::int64_t>(seed / 2 % 2) * 4,
                        .shared = {}};
    Learner updated(Backend::cpu(), lesson);
    Learner applied(backend(), lesson);
    for (int step = 0; step < 3; ++step) {
      const Features features = random.draw();
      TrainingRun run(applied.layer(), features);
      const std::vector<float> gradient = random.gradient(run.elements());
      const SparseGradient sparse = sparse_of(applied, run, gradient);
      applied.layer().apply(sparse.tables(), applied.state(), kHostStream);
      backend().synchronize(kHostStream);
      updated.step(features, gradient, FloatType::float32, Emit::values, 1);
      ASSERT_EQ(applied.bytes(), updated.bytes()) << "step " << step;
      ASSERT_EQ(applied.state().step(), step + 1);
    }
  }
}

/// One table of four rows, and gradients for it.
class OneTable {
 public:
  explicit OneTable(const Backend& backend)
      : layer({embedding_column(sequence_categorical_column_with_identity("k", 4), 2)}, backend),
        state(layer, sgd({.learning_rate = 1.0})),
        rows_(backend, std::vector<float>{1, 2, 3, 4}) {}

  /// What became of the table's elements after a step with the gradient of `ids`.
  std::vector<float> after(const std::vector<std::int64_t>& ids, std::int64_t count) {
    const Backend& backend = layer.backend();
    const std::vector<float> before = floats_of(backend, layer.table("k_embedding"));
    const Uploaded there(backend, ids.data(), static_cast<std::int64_t>(ids.size() * 8));
    const Uploaded counted(backend, &count, 8);
    const SparseTable given{"k_embedding",
                            2,
                            static_cast<std::int64_t>(ids.size()),
                            static_cast<std::int64_t*>(there.data()),
                            static_cast<float*>(rows_.data()),
                            static_cast<std::int64_t*>(counted.data())};
    layer.apply({&given, 1}, state, kHostStream);
    backend.synchronize(kHostStream);
    std::vector<float> moved = floats_of(backend, layer.table("k_embedding"));
    for (std::size_t i = 0; i < moved.size(); ++i) moved[i] = before[i] - moved[i];
    return moved;
  }

  SequenceFeatures layer;
  OptimizerState state;

 private:
  Uploaded rows_;
};

TEST_P(Apply, TakesAsManyRowsAsAreCounted) {
  OneTable one(backend());
  const auto near = [](const std::vector<float>& a, const std::vector<float>& b) {
    for (std::size_t i = 0; i < a.size(); ++i) EXPECT_NEAR(a[i], b[i], 1e-6) << i;
  };
  near(one.after({1, 3}, 2), {0, 0, 1, 2, 0, 0, 3, 4});
  near(one.after({0, 2}, 1), {1, 2, 0, 0, 0, 0, 0, 0});
  near(one.after({0, 2}, 0), {0, 0, 0, 0, 0, 0, 0, 0});
  EXPECT_EQ(one.state.step(), 3);
  one.layer.apply({}, one.state, kHostStream);
  EXPECT_EQ(one.state.step(), 4);  // a step in which no table has ids is a step
}

/// So many rows that no array of the scratch memory has room behind its last element.
TEST_P(Apply, WritesNothingBehindTheLastRowOfItsCapacity) {
  constexpr std::int64_t kRows = 64;
  SequenceFeatures layer(
      {embedding_column(sequence_categorical_column_with_identity("k", kRows), 1)}, backend());
  const std::vector<float> zeros(kRows);
  const Uploaded table(backend(), zeros);
  layer.bind("k_embedding", {table.data(), kRows, 1});
  OptimizerState state(layer, sgd({.learning_rate = 1}));
  std::vector<std::int64_t> ids(kRows);
  std::iota(ids.begin(), ids.end(), std::int64_t{0});
  std::vector<float> gradient(kRows);
  std::iota(gradient.begin(), gradient.end(), 1.0F);
  const Uploaded of_ids(backend(), ids.data(), kRows * 8);
  const Uploaded rows(backend(), gradient);
  const Uploaded count(backend(), &kRows, 8);
  const SparseTable given{"k_embedding",
                          1,
                          kRows,
                          static_cast<std::int64_t*>(of_ids.data()),
                          static_cast<float*>(rows.data()),
                          static_cast<std::int64_t*>(count.data())};
  layer.apply({&given, 1}, state, kHostStream);
  const std::vector<float> got = floats_of(backend(), layer.table("k_embedding"));
  for (std::size_t i = 0; i < got.size(); ++i) EXPECT_EQ(got[i], -gradient[i]) << i;
}

TEST_P(Apply, RefusesByName) {
  OneTable one(backend());
  std::int64_t number = 0;
  float row = 0;
  const auto refused = [&](std::vector<SparseTable> given) {
    return refusal<InvalidArgument>([&] {
      one.layer.apply(given, one.state, kHostStream);
      return 0;
    });
  };
  EXPECT_TRUE(holds(refused({{"x", 2, 1, &number, &row, &number}}), "no table 'x'"));
  EXPECT_TRUE(holds(refused({{"k_embedding", 3, 1, &number, &row, &number}}), "'k_embedding'",
                    "expected rows of 2"));
  EXPECT_TRUE(
      holds(refused({{"k_embedding", 2, 1, nullptr, &row, &number}}), "'k_embedding'", "null"));
  EXPECT_TRUE(holds(refused({{"k_embedding", 2}, {"k_embedding", 2}}), "two of table"));
  EXPECT_EQ(one.state.step(), 0);
  if (backend().on_device()) return;
  EXPECT_TRUE(holds(refusal<InvalidArgument>([&] {
                      return one.after({1, 1}, 2);
                    }),
                    "got id 1", "distinct ids that ascend"));
  EXPECT_TRUE(holds(refusal<InvalidArgument>([&] {
                      return one.after({0, 4}, 2);
                    }),
                    "got id 4", "below 4"));
  EXPECT_TRUE(holds(refusal<InvalidArgument>([&] { return one.after({0}, 2); }), "got 2 ids"));
  EXPECT_EQ(one.state.step(), 0);
}

SEQFEAT_ON_EVERY_BACKEND(Apply);

}  // namespace
}  // namespace seqfeat::test
