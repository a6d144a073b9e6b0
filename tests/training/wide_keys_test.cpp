// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cstring>

#include "tests/support/backend_test.hpp"
#include "tests/training/random_training.hpp"

// Tables with more rows than 32 bits count: the keys of their rows have 64 bits then.

namespace seqfeat::test {
namespace {

class WideKeys : public BackendTest {
 protected:
  void SetUp() override {
    if (!backend().trains() || !backend().on_device()) GTEST_SKIP() << "this is the CPU itself";
  }
};

constexpr std::int64_t kManyRows = (std::int64_t{1} << 32) + 3;
constexpr std::int64_t kRows = 7;  ///< Of a table, that are there and that the batch asks for.
constexpr std::int64_t kDim = 4;

/// A layer of two columns with a table each. The first has kManyRows rows, of which the first kRows
/// exist; so the keys of the second begin behind 2^32. In memory the second table stands in front,
/// because tables must not overlap, not even where they do not exist.
class Learning {
 public:
  Learning(const Backend& backend, const Optimizer& optimizer, bool clips)
      : layer_({column("a", kManyRows, clips), column("b", kRows, clips)}, backend),
        tables_(filled(backend, 1.5F)),
        first_(filled(backend, 0.5F)),
        second_(filled(backend, 0.25F)) {
    layer_.bind("a_embedding", {half(tables_, 1), kManyRows, kDim});
    layer_.bind("b_embedding", {half(tables_, 0), kRows, kDim});
    state_.emplace(layer_, optimizer);
    const std::vector<StateSlot> slots = optimizer.slots();
    for (std::size_t s = 0; s < slots.size(); ++s) {
      const Buffer& memory = s == 0 ? first_ : second_;
      state_->bind("a_embedding", slots[s].name, half(memory, 1));
      state_->bind("b_embedding", slots[s].name, half(memory, 0));
    }
  }

  [[nodiscard]] const SequenceFeatures& layer() const noexcept { return layer_; }
  void step(const Features& features, const std::vector<float>& gradient) {
    TrainingRun run(layer_, features, 2);
    const Uploaded uploaded(layer_.backend(), gradient);
    layer_.update({uploaded.data()}, run.workspace(), *state_, kHostStream);
    layer_.backend().synchronize(kHostStream);
  }
  /// All tables and state.
  [[nodiscard]] std::vector<std::byte> bytes() const {
    std::vector<std::byte> all;
    for (const Buffer* memory : {&tables_, &first_, &second_}) {
      const auto bytes = downloaded(layer_.backend(), memory->data(), memory->size_bytes());
      all.insert(all.end(), bytes.begin(), bytes.end());
    }
    return all;
  }

 private:
  static Column column(const char* key, std::int64_t rows, bool clips) {
    EmbeddingOptions options;
    if (clips) options.max_norm = 2.0;
    return embedding_column(sequence_categorical_column_with_identity(key, rows), kDim, options);
  }
  static Buffer filled(const Backend& backend, float value) {
    const std::vector<float> numbers(2 * kRows * kDim, value);
    return to_backend(backend, std::span<const float>(numbers));
  }
  static float* half(const Buffer& memory, int which) {
    return memory.as<float>() + which * kRows * kDim;
  }

  SequenceFeatures layer_;
  Buffer tables_;
  Buffer first_;
  Buffer second_;
  std::optional<OptimizerState> state_;
};

constexpr std::int64_t kValues = 701;  ///< Of a column in the batch.

/// A batch with a long run in the second column.
class Batches {
 public:
  Batches() {
    for (std::int64_t i = 0; i < kValues; ++i) {
      const auto other = static_cast<std::int64_t>(random_() % kRows);
      a_.add_value(other);
      b_.add_value(i % 5 == 0 ? other : std::int64_t{2});
    }
    for (Ragged* feature : {&a_, &b_}) {
      feature->end_steps();
      feature->end_row();
    }
    features_.set("a", a_.view());
    features_.set("b", b_.view());
  }
  [[nodiscard]] const Features& features() const noexcept { return features_; }
  [[nodiscard]] std::vector<float> gradient() {
    std::normal_distribution<float> normal(0.0F, 1.0F);
    std::vector<float> numbers(kValues * 2 * kDim);
    for (float& number : numbers) number = normal(random_);
    return numbers;
  }

 private:
  std::mt19937_64 random_{4};
  Ragged a_{DType::int64};
  Ragged b_{DType::int64};
  Features features_;
};

TEST_P(WideKeys, GiveTheBitsOfTheCpuUnderEveryOptimizer) {
  for (const Optimizer& optimizer : {sgd(), adagrad(), rowwise_adagrad(), adam(), ftrl()}) {
    for (const bool clips : {false, true}) {
      SCOPED_TRACE(to_json(optimizer) + (clips ? " with max_norm" : ""));
      Batches batch;
      const auto gradient = batch.gradient();
      Learning cpu(Backend::cpu(), optimizer, clips);
      Learning here(backend(), optimizer, clips);
      cpu.step(batch.features(), gradient);
      here.step(batch.features(), gradient);
      ASSERT_EQ(here.bytes(), cpu.bytes());
    }
  }
}

TEST_P(WideKeys, GiveTheBitsOfTheCpuInSparseGradients) {
  for (const bool clips : {false, true}) {
    Batches batch;
    const auto gradient = batch.gradient();
    std::vector<SparseGradient::OnHost> all;
    for (const Backend& where : {Backend::cpu(), backend()}) {
      const Learning learning(where, sgd(), clips);
      TrainingRun run(learning.layer(), batch.features(), 2);
      const Uploaded uploaded(where, gradient);
      SparseGradient sparse(learning.layer(), run.plan().capacity, kHostStream);
      learning.layer().gradients({uploaded.data()}, run.workspace(), sparse, kHostStream);
      for (const char* table : {"a_embedding", "b_embedding"}) {
        all.push_back(sparse.on_host(table, kHostStream));
      }
    }
    for (std::size_t table = 0; table < 2; ++table) {
      EXPECT_EQ(all[table + 2].ids, all[table].ids);
      EXPECT_EQ(all[table + 2].ids.size(), static_cast<std::size_t>(kRows));
      EXPECT_EQ(all[table + 2].rows, all[table].rows);
    }
  }
}

SEQFEAT_ON_EVERY_BACKEND(WideKeys);

}  // namespace
}  // namespace seqfeat::test
