// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "tests/support/backend_test.hpp"
#include "tests/training/random_training.hpp"

// Gradients against finite differences of a forward pass in double: nothing here knows a rule of
// the backward pass.

namespace seqfeat::test {
namespace {

class Differences : public BackendTest {
 protected:
  void SetUp() override {
    if (!backend().trains()) GTEST_SKIP() << "the backend does not train";
  }
};

/// sum of gradient * values in double, for one column with `ids` of each step.
double loss(const std::vector<std::vector<std::int64_t>>& steps, const std::vector<double>& table,
            const EmbeddingColumn& column, const std::vector<float>& gradient) {
  const auto dim = static_cast<std::size_t>(column.dimension());
  double sum = 0;
  for (std::size_t s = 0; s < steps.size(); ++s) {
    std::vector<double> vector(dim);
    for (const std::int64_t id : steps[s]) {
      const double* row = table.data() + static_cast<std::size_t>(id) * dim;
      double scale = 1;
      if (column.options().max_norm) {
        double squares = 0;
        for (std::size_t d = 0; d < dim; ++d) squares += row[d] * row[d];
        scale =
            *column.options().max_norm / std::max(std::sqrt(squares), *column.options().max_norm);
      }
      for (std::size_t d = 0; d < dim; ++d) vector[d] += row[d] * scale;
    }
    const auto n = static_cast<double>(steps[s].size());
    const Combiner combiner = column.options().combiner;
    const double divisor = n == 0 || combiner == Combiner::sum ? 1
                           : combiner == Combiner::mean        ? n
                                                               : std::sqrt(n);
    for (std::size_t d = 0; d < dim; ++d) {
      sum += double{gradient[s * dim + d]} * vector[d] / divisor;
    }
  }
  return sum;
}

TEST_P(Differences, AgreeWithTheGradientOfEveryCombinerOnBothSidesOfMaxNorm) {
  const std::vector<std::vector<std::int64_t>> steps{
      {0}, {1, 2}, {0, 0, 3}, {}, {2}, {4, 1, 0, 2, 3, 4, 1, 0, 2, 3, 1, 1}};
  for (const Combiner combiner : {Combiner::mean, Combiner::sum, Combiner::sqrtn}) {
    for (const std::optional<double> max_norm : {std::optional<double>(), {0.3}, {1.1}, {9.0}}) {
      SCOPED_TRACE(std::string(to_string(combiner)) + " " + std::to_string(max_norm.value_or(-1)));
      const EmbeddingColumn column =
          embedding_column(sequence_categorical_column_with_identity("k", 5), 6,
                           {.combiner = combiner, .max_norm = max_norm});
      RandomTraining random(7, {});
      EmbeddingTable table(5, 6);
      const std::vector<float> start = random.gradient(30);
      std::copy(start.begin(), start.end(), table.data());
      SequenceFeatures layer({column}, backend());
      layer.bind("k_embedding", table.view());
      Ragged ids(DType::int64);
      for (const auto& step : steps) {
        for (const std::int64_t id : step) ids.add_value(id);
        ids.end_step();
      }
      ids.end_row();
      Features features;
      features.set("k", ids.view());
      TrainingRun run(layer, features);
      const std::vector<float> gradient = random.gradient(run.elements());
      const Uploaded uploaded(backend(), gradient);
      SparseGradient sparse(layer, run.sizes(), kHostStream);
      layer.gradients({uploaded.data()}, run.workspace(), sparse, kHostStream);
      const auto got = sparse.on_host("k_embedding", kHostStream);
      ASSERT_EQ(got.ids.size(), 5U);
      std::vector<double> at(start.begin(), start.end());
      for (std::size_t i = 0; i < at.size(); ++i) {
        constexpr double kStep = 1e-6;
        const double kept = at[i];
        at[i] = kept + kStep;
        const double above = loss(steps, at, column, gradient);
        at[i] = kept - kStep;
        const double below = loss(steps, at, column, gradient);
        at[i] = kept;
        EXPECT_NEAR(double{got.rows[i]}, (above - below) / (2 * kStep), 2e-6) << i;
      }
    }
  }
}

TEST_P(Differences, AddUpOverTheColumnsOfASharedTable) {
  EmbeddingTable table(4, 3);
  RandomTraining random(9, {});
  const std::vector<float> start = random.gradient(12);
  std::copy(start.begin(), start.end(), table.data());
  const auto column = [](const char* key, Combiner combiner) {
    return embedding_column(sequence_categorical_column_with_identity(key, 4), 3,
                            {.combiner = combiner, .max_norm = 0.8});
  };
  const Buffer memory = to_backend(backend(), std::span<const float>(start));
  SequenceFeatures layer({column("a", Combiner::mean), column("b", Combiner::sum)}, backend());
  const TableView view{memory.data(), 4, 3};
  layer.bind("a_embedding", view);
  layer.bind("b_embedding", view);
  Ragged a(DType::int64);
  Ragged b(DType::int64);
  for (const std::int64_t id : {0, 2, 1}) a.add_value(id);
  a.end_step();
  a.end_row();
  for (const std::int64_t id : {2, 2, 3}) b.add_value(id);
  b.end_step();
  b.end_row();
  Features features;
  features.set("a", a.view());
  features.set("b", b.view());
  TrainingRun run(layer, features);
  const std::vector<float> gradient = random.gradient(6);
  const Uploaded uploaded(backend(), gradient);
  SparseGradient sparse(layer, run.sizes(), kHostStream);
  ASSERT_EQ(sparse.tables().size(), 1U);
  layer.gradients({uploaded.data()}, run.workspace(), sparse, kHostStream);
  const auto got = sparse.on_host("a_embedding", kHostStream);
  EXPECT_EQ(got.ids, (std::vector<std::int64_t>{0, 1, 2, 3}));
  const std::vector<float> of_a(gradient.begin(), gradient.begin() + 3);
  const std::vector<float> of_b(gradient.begin() + 3, gradient.end());
  std::vector<double> at(start.begin(), start.end());
  const auto both = [&] {
    return loss({{0, 2, 1}}, at, column("a", Combiner::mean), of_a) +
           loss({{2, 2, 3}}, at, column("b", Combiner::sum), of_b);
  };
  for (std::size_t i = 0; i < at.size(); ++i) {
    const double kept = at[i];
    at[i] = kept + 1e-6;
    const double above = both();
    at[i] = kept - 1e-6;
    const double below = both();
    at[i] = kept;
    EXPECT_NEAR(double{got.rows[i]}, (above - below) / 2e-6, 2e-6) << i;
  }
}

SEQFEAT_ON_EVERY_BACKEND(Differences);

}  // namespace
}  // namespace seqfeat::test
