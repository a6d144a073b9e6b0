// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>

#include "tests/support/backend_test.hpp"
#include "tests/training/random_training.hpp"

// Random layers and batches: the library's gradients are those of plain loops, bit by bit, and
// neither threads nor a larger workspace change a bit of tables and state.

namespace seqfeat::test {
namespace {

class Training : public BackendTest {
 protected:
  void SetUp() override {
    if (!backend().trains()) GTEST_SKIP() << "the backend does not train";
  }
};

const std::vector<RandomTraining::Sizes>& shapes() {
  static const std::vector<RandomTraining::Sizes> kShapes{
      {},
      {.columns = 1, .rows = 5, .length = 4, .values = 1, .dim = 130, .skew = 0.0},
      {.columns = 26, .rows = 4, .length = 3, .values = 2, .dim = 9},
      {.columns = 6,
       .rows = 40,
       .length = 30,
       .values = 16,
       .buckets = 3,
       .dim = 3,
       .nested = true,
       .skew = 0.9},
      {.columns = 1, .rows = 400, .length = 60, .values = 1, .buckets = 2, .dim = 5, .skew = 0.99},
      {.columns = 3, .rows = 0},
      {.columns = 300, .rows = 2, .length = 2, .values = 2, .buckets = 5, .dim = 4}};
  return kShapes;
}

void expect_same(const std::vector<float>& got, const std::vector<float>& expected) {
  ASSERT_EQ(got.size(), expected.size());
  if (got.empty()) return;
  EXPECT_EQ(std::memcmp(got.data(), expected.data(), got.size() * 4), 0);
}

TEST_P(Training, GradientsAreThoseOfPlainLoops) {
  for (std::uint64_t seed = 0; seed < 28; ++seed) {
    SCOPED_TRACE(seed);
    RandomTraining random(seed, shapes()[seed % shapes().size()]);
    const SequenceFeatures layer(random.columns(), backend(), random.options());
    const Features features = random.draw();
    TrainingRun run(layer, features, seed % 2 == 0 ? 1 : 3);
    const std::vector<float> gradient = random.gradient(run.elements());
    const Uploaded uploaded(backend(), gradient);
    SparseGradient sparse(layer, run.plan().capacity, kHostStream);
    layer.gradients({uploaded.data()}, run.workspace(), sparse, kHostStream);
    const auto expected =
        plain_gradients(layer, features, layer(features, Emit::values_and_ids), gradient);
    ASSERT_EQ(sparse.tables().size(), expected.size());
    for (const auto& [table, rows] : expected) {
      SCOPED_TRACE(table);
      const auto got = sparse.on_host(table, kHostStream);
      ASSERT_EQ(got.ids.size(), rows.size());
      std::size_t i = 0;
      for (const auto& [id, row] : rows) {
        EXPECT_EQ(got.ids[i], id);
        const float* from = got.rows.data() + i * row.size();
        expect_same({from, from + row.size()}, row);
        ++i;
      }
    }
  }
}

std::vector<Optimizer> optimizers() {
  return {sgd({.weight_decay = 0.1}), adagrad(),
          rowwise_adagrad(),          adam({.weight_decay = 0.01, .stochastic_rounding = 3}),
          ftrl({.l1 = 0.01}),         sgd()};
}

/// All bytes of tables and state after some steps over random batches.
std::vector<std::byte> trained_bytes(const Backend& backend, std::uint64_t seed,
                                     const Optimizer& optimizer, std::int64_t room) {
  RandomTraining random(seed, shapes()[seed % shapes().size()]);
  SequenceFeatures layer(random.columns(), backend, random.options());
  OptimizerState state(layer, optimizer);
  for (int step = 0; step < 3; ++step) {
    TrainingRun run(layer, random.draw(), room);
    const Uploaded gradient(backend, random.gradient(run.elements()));
    layer.update({gradient.data()}, run.workspace(), state, kHostStream);
  }
  std::vector<std::byte> all;
  const auto add = [&](const std::vector<std::byte>& bytes) {
    all.insert(all.end(), bytes.begin(), bytes.end());
  };
  for (const Column& column : layer.columns()) {
    const auto* embedding = std::get_if<EmbeddingColumn>(&column);
    if (embedding != nullptr) add(downloaded(backend, layer.table(embedding->table())));
  }
  for (const StateTensor& tensor : state.tensors()) {
    add(downloaded(backend, tensor.data, tensor.bytes()));
  }
  return all;
}

TEST(TrainingOnTheCpu, GivesTheSameBitsAtAnyNumberOfThreads) {
  const char* before = std::getenv("SEQFEAT_NUM_THREADS");
  const std::string kept = before == nullptr ? "" : before;
  for (std::uint64_t seed = 0; seed < 14; ++seed) {
    SCOPED_TRACE(seed);
    std::vector<std::byte> expected;
    for (const char* threads : {"1", "2", "7"}) {
      ::setenv("SEQFEAT_NUM_THREADS", threads, 1);
      const auto got =
          trained_bytes(Backend::cpu(), seed, optimizers()[seed % 6], threads[0] == '2' ? 2 : 1);
      if (expected.empty()) expected = got;
      EXPECT_EQ(got, expected) << threads << " threads";
    }
  }
  if (kept.empty()) {
    ::unsetenv("SEQFEAT_NUM_THREADS");
  } else {
    ::setenv("SEQFEAT_NUM_THREADS", kept.c_str(), 1);
  }
}

/// A batch with ids as given, one a step, of a column over a table of ones.
struct OneColumn {
  OneColumn(const Backend& backend, std::int64_t rows, std::int64_t dim)
      : table(rows, dim),
        layer({embedding_column(sequence_categorical_column_with_identity("k", rows), dim)},
              backend) {
    std::fill_n(table.data(), rows * dim, 1.0F);
    layer.bind("k_embedding", table.view());
  }
  EmbeddingTable table;
  SequenceFeatures layer;
};

TEST_P(Training, SumsARunOfAMillion) {
  constexpr std::int64_t kCount = 1'000'003;
  OneColumn one(backend(), 7, 1);
  Ragged ids(DType::int64);
  for (std::int64_t i = 0; i < kCount; ++i) ids.add_value(std::int64_t{i % 1000 == 1 ? 2 : 3});
  ids.end_steps();
  ids.end_row();
  Features features;
  features.set("k", ids.view());
  TrainingRun run(one.layer, features);
  const std::vector<float> gradient(static_cast<std::size_t>(kCount), 1.0F);
  const Uploaded uploaded(backend(), gradient);
  SparseGradient sparse(one.layer, run.sizes(), kHostStream);
  one.layer.gradients({uploaded.data()}, run.workspace(), sparse, kHostStream);
  const auto got = sparse.on_host("k_embedding", kHostStream);
  EXPECT_EQ(got.ids, (std::vector<std::int64_t>{2, 3}));
  EXPECT_EQ(got.rows, (std::vector<float>{1001.0F, kCount - 1001.0F}));
}

TEST_P(Training, KeepsNansWhereTheyBelong) {
  OneColumn one(backend(), 5, 3);
  Ragged ids(DType::int64);
  for (const std::int64_t id : {1, 3, 1, 4}) ids.add_value(id);
  ids.end_steps();
  ids.end_row();
  Features features;
  features.set("k", ids.view());
  TrainingRun run(one.layer, features);
  std::vector<float> gradient(12, 0.5F);
  gradient[3 + 1] = NAN;  // of id 3
  const Uploaded uploaded(backend(), gradient);
  OptimizerState state(one.layer, adagrad());
  one.layer.update({uploaded.data()}, run.workspace(), state, kHostStream);
  const std::vector<float> table = floats_of(backend(), one.layer.table("k_embedding"));
  for (std::size_t i = 0; i < table.size(); ++i) {
    EXPECT_EQ(std::isnan(table[i]), i == 3 * 3 + 1) << i;
  }
}

SEQFEAT_ON_EVERY_BACKEND(Training);

}  // namespace
}  // namespace seqfeat::test
