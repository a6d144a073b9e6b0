// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <span>

#include "tests/support/backend_test.hpp"
#include "tests/support/thread_sanitizer.hpp"
#include "tests/training/learner.hpp"

// Each optimizer over tables of every type with gradients of every type, in vectors of every width:
// the loops that a backend compiles for each of them. One small batch has runs of every level, and
// numbers of every size.

namespace seqfeat::test {
namespace {

class EveryType : public BackendTest {
 protected:
  void SetUp() override {
    if (!backend().trains() || !backend().on_device()) GTEST_SKIP() << "this is the CPU itself";
  }
};

constexpr FloatType kTypes[] = {FloatType::float32, FloatType::float16, FloatType::bfloat16};

/// A row of few vectors of `elements`, and one of many: seven times 32 elements, three packets of
/// eight, and up to seven single ones.
std::vector<std::int64_t> dims_of(std::int64_t elements) {
  return {3 * elements, 256 - elements};
}

/// Two columns for each type of tables; where it `clips`, all but one have a max_norm that some of
/// their rows reach and others do not.
std::vector<Column> columns_of(std::int64_t elements, bool clips) {
  std::vector<Column> columns;
  for (const std::int64_t dim : dims_of(elements)) {
    for (std::size_t type = 0; type < std::size(kTypes); ++type) {
      const std::string key = "k" + std::to_string(columns.size());
      EmbeddingOptions options{.combiner = Combiner::sqrtn};
      if (clips && !columns.empty()) options.max_norm = std::sqrt(0.7 * static_cast<double>(dim));
      columns.emplace_back(
          embedding_column(sequence_categorical_column_with_identity(key, 9), dim, options));
    }
  }
  return columns;
}

/// A batch of steps of 1, 3 and 12 values: for each column a run of `longest` values, others of 70,
/// 9, 3 and 1, and values without a row.
class RunsOfEveryLevel {
 public:
  explicit RunsOfEveryLevel(const std::vector<Column>& columns, std::size_t longest = 520) {
    using Run = std::pair<int, std::size_t>;
    for (const auto& [id, count] :
         {Run{3, longest}, Run{0, 70}, Run{5, 9}, Run{6, 3}, Run{8, 1}, Run{-1, 5}}) {
      ids_.insert(ids_.end(), count, id);
    }
    for (const Column& column : columns) {
      const std::string& key = key_of(column);
      std::shuffle(ids_.begin(), ids_.end(), random_);
      Ragged& feature = memory_.try_emplace(key, DType::int64).first->second;
      cut(feature);
      features_.set(key, feature.view());
    }
  }

  [[nodiscard]] const Features& features() const noexcept { return features_; }
  /// Numbers of every size for `count` elements of a gradient, some of them zeros.
  [[nodiscard]] std::vector<float> gradient(std::int64_t count) {
    std::normal_distribution<float> normal(0.0F, 1.0F);
    std::vector<float> numbers(static_cast<std::size_t>(count));
    for (float& number : numbers) {
      constexpr int kExponents[] = {0, 0, 0, -12, -30, 9};
      number = random_() % 8 == 0 ? 0.0F : std::ldexp(normal(random_), kExponents[random_() % 6]);
    }
    return numbers;
  }

 private:
  void cut(Ragged& feature) const {
    constexpr std::size_t kSizes[] = {12, 1, 3};
    std::size_t at = 0;
    for (std::size_t step = 0; at < ids_.size(); ++step) {
      for (const std::size_t end = std::min(at + kSizes[step % 3], ids_.size()); at < end; ++at) {
        feature.add_value(ids_[at]);
      }
      feature.end_step();
      if (step % 40 == 39) feature.end_row();
    }
    feature.end_row();
  }

  std::mt19937_64 random_{11};
  std::vector<std::int64_t> ids_;
  std::map<std::string, Ragged> memory_;
  Features features_;
};

/// Elements of the batch's values.
std::int64_t elements_of(const SequenceFeatures& layer, const Features& features) {
  const BatchSizes sizes = layer.measure(features);
  return sizes.rows * sizes.padded_steps * layer.dim();
}

/// The elements of the layers' vectors.
constexpr std::int64_t kElements[] = {4, 2, 1};

/// One step for each of the gradients' types, here and on the CPU.
void take_steps(const Backend& backend, const Lesson& lesson, RunsOfEveryLevel& batch,
                std::span<const FloatType> types) {
  SCOPED_TRACE(to_json(lesson.optimizer));
  Learner cpu(Backend::cpu(), lesson);
  Learner here(backend, lesson);
  const auto gradient = batch.gradient(elements_of(cpu.layer(), batch.features()));
  for (const FloatType type : types) {
    cpu.step(batch.features(), gradient, type, Emit::values, 1);
    here.step(batch.features(), gradient, type, Emit::values, 1);
    ASSERT_EQ(here.bytes(), cpu.bytes());
  }
}

/// A run of so many parts that their sums are summed in parts, and by several warps.
constexpr std::size_t kParts = 65 * 512;

/// Columns of that run, with vectors of four elements and of one.
std::vector<Column> columns_of_parts(bool clips) {
  EmbeddingOptions options;
  if (clips) options.max_norm = 1.0;
  return {embedding_column(sequence_categorical_column_with_identity("a", 9), 4, options),
          embedding_column(sequence_categorical_column_with_identity("b", 9), 1, options)};
}

/// Takes steps with a type's own rules, and with others: rounding at random, and a learning rate of
/// 0. One that is almost 0 leaves numbers in zeros that are too small for 16 bits. Rows stand
/// apart, so that a row's size is not what lies between two of them.
template <class Settings>
void train(const Backend& backend, Settings others, bool clips) {
  for (const std::int64_t elements : kElements) {
    if (kUnderThreadSanitizer && elements != kElements[0]) continue;
    SCOPED_TRACE(std::to_string(elements) + " elements");
    Lesson lesson{.columns = columns_of(elements, clips),
                  .options = {},
                  .optimizer = Optimizer(Settings{}),
                  .table_types = {std::begin(kTypes), std::end(kTypes)},
                  .gap = 4,
                  .shared = {}};
    RunsOfEveryLevel batch(lesson.columns);
    take_steps(backend, lesson, batch, kTypes);
    others.stochastic_rounding = 11;
    for (const double rate : {1e-12, 0.01}) {
      others.learning_rate = rate;
      lesson.optimizer = Optimizer(others);
      take_steps(backend, lesson, batch, kTypes);
    }
    others.learning_rate = 0;
    lesson.optimizer = Optimizer(others);
    take_steps(backend, lesson, batch, std::span(kTypes).first(2));
  }
  const Lesson lesson{.columns = columns_of_parts(clips),
                      .options = {},
                      .optimizer = Optimizer(Settings{}),
                      .shared = {}};
  RunsOfEveryLevel batch(lesson.columns, kParts);
  take_steps(backend, lesson, batch, std::span(kTypes).first(1));
  // A gradient's rows would fit wider vectors than those of the table.
  const Lesson apart{.columns = {lesson.columns.front()},
                     .options = {},
                     .optimizer = lesson.optimizer,
                     .gap = 1,
                     .shared = {}};
  take_steps(backend, apart, batch, std::span(kTypes).first(1));
}

/// Memory that begins as zeros, in which what nobody wrote does not show.
class ZeroedMemory final : public MemoryResource {
 public:
  explicit ZeroedMemory(Backend backend) : backend_(std::move(backend)) {}

  void* allocate(std::int64_t bytes, std::int64_t alignment, Stream stream) override {
    void* const pointer = backend_.memory()->allocate(bytes, alignment, stream);
    const std::vector<std::byte> zeros(static_cast<std::size_t>(bytes));
    backend_.copy(pointer, zeros.data(), bytes, stream);
    backend_.synchronize(stream);
    return pointer;
  }
  void deallocate(void* pointer, std::int64_t bytes, std::int64_t alignment,
                  Stream stream) noexcept override {
    backend_.memory()->deallocate(pointer, bytes, alignment, stream);
  }

 private:
  Backend backend_;
};

TEST_P(EveryType, InMemoryOfZeros) {
  const Backend zeroed = Backend::cuda(0, std::make_shared<ZeroedMemory>(backend()));
  for (const bool clips : {false, true}) {
    const Lesson lesson{.columns = columns_of_parts(clips), .options = {}, .shared = {}};
    RunsOfEveryLevel batch(lesson.columns);
    take_steps(zeroed, lesson, batch, std::span(kTypes).first(1));
  }
}

TEST_P(EveryType, UnderSgd) {
  train(backend(), Sgd{.weight_decay = 0.1}, false);
}
TEST_P(EveryType, UnderSgdWithMaxNorm) {
  train(backend(), Sgd{.weight_decay = 0.1}, true);
}
TEST_P(EveryType, UnderAdagrad) {
  train(backend(), Adagrad{.epsilon_in_root = true}, false);
}
TEST_P(EveryType, UnderAdagradWithMaxNorm) {
  train(backend(), Adagrad{.epsilon_in_root = true}, true);
}
TEST_P(EveryType, UnderRowwiseAdagrad) {
  train(backend(), RowwiseAdagrad{}, true);
}
TEST_P(EveryType, UnderAdam) {
  train(backend(), Adam{.weight_decay = 0.01}, false);
}
TEST_P(EveryType, UnderAdamWithMaxNorm) {
  train(backend(), Adam{.weight_decay = 0.01}, true);
}
TEST_P(EveryType, UnderFtrl) {
  train(backend(), Ftrl{.l1 = 0.01, .l2 = 0.1}, false);
}
TEST_P(EveryType, UnderFtrlWithMaxNorm) {
  train(backend(), Ftrl{.l1 = 0.01, .l2 = 0.1}, true);
}

/// The sparse gradients of all tables: first all ids, then all rows.
SparseGradient::OnHost gradients(const SequenceFeatures& layer, const Features& features,
                                 const std::vector<float>& numbers, FloatType type) {
  TrainingRun run(layer, features);
  const std::vector<std::byte> elements = as_elements(numbers, type);
  const Uploaded uploaded(layer.backend(), elements.data(),
                          static_cast<std::int64_t>(elements.size()));
  SparseGradient sparse(layer, run.plan().capacity, kHostStream);
  layer.gradients({uploaded.data(), type}, run.workspace(), sparse, kHostStream);
  SparseGradient::OnHost all;
  for (const SparseTable& table : sparse.tables()) {
    const SparseGradient::OnHost one = sparse.on_host(table.table, kHostStream);
    all.ids.insert(all.ids.end(), one.ids.begin(), one.ids.end());
    all.rows.insert(all.rows.end(), one.rows.begin(), one.rows.end());
  }
  return all;
}

void sum_gradients(const Backend& backend, const Lesson& lesson, RunsOfEveryLevel batch) {
  const Learner cpu(Backend::cpu(), lesson);
  const Learner here(backend, lesson);
  const auto numbers = batch.gradient(elements_of(cpu.layer(), batch.features()));
  for (const FloatType type : kTypes) {
    const auto expected = gradients(cpu.layer(), batch.features(), numbers, type);
    const auto got = gradients(here.layer(), batch.features(), numbers, type);
    ASSERT_EQ(got.ids, expected.ids);
    ASSERT_EQ(got.rows.size(), expected.rows.size());
    ASSERT_EQ(std::memcmp(got.rows.data(), expected.rows.data(), got.rows.size() * 4), 0);
  }
}

void sum_gradients(const Backend& backend, bool clips) {
  for (const std::int64_t elements : kElements) {
    SCOPED_TRACE(std::to_string(elements) + " elements");
    const Lesson lesson{.columns = columns_of(elements, clips),
                        .options = {},
                        .table_types = {std::begin(kTypes), std::end(kTypes)},
                        .shared = {}};
    sum_gradients(backend, lesson, RunsOfEveryLevel(lesson.columns));
  }
  const Lesson lesson{.columns = columns_of_parts(clips), .options = {}, .shared = {}};
  sum_gradients(backend, lesson, RunsOfEveryLevel(lesson.columns, kParts));
}

TEST_P(EveryType, InSparseGradients) {
  sum_gradients(backend(), false);
}
TEST_P(EveryType, InSparseGradientsWithMaxNorm) {
  sum_gradients(backend(), true);
}

/// More tables than a block has threads, each a few times.
TEST_P(EveryType, InSparseGradientsOfAThousandTables) {
  Lesson lesson{.columns = {}, .options = {}, .shared = {}};
  for (int c = 1000; c < 2026; ++c) {
    lesson.columns.emplace_back(
        embedding_column(sequence_categorical_column_with_identity("k" + std::to_string(c), 2), 1));
  }
  std::map<std::string, Ragged> memory;
  Features features;
  for (const Column& column : lesson.columns) {
    const std::string& key = key_of(column);
    Ragged& feature = memory.try_emplace(key, DType::int64).first->second;
    feature.add_value(static_cast<std::int64_t>(features.views().size() % 3) - 1);
    feature.end_step();
    feature.end_row();
    features.set(key, feature.view());
  }
  const Learner cpu(Backend::cpu(), lesson);
  const Learner here(backend(), lesson);
  const std::vector<float> numbers(lesson.columns.size(), 0.75F);
  const auto expected = gradients(cpu.layer(), features, numbers, FloatType::float32);
  const auto got = gradients(here.layer(), features, numbers, FloatType::float32);
  EXPECT_EQ(got.ids, expected.ids);
  EXPECT_EQ(got.rows, expected.rows);
}

SEQFEAT_ON_EVERY_BACKEND(EveryType);

}  // namespace
}  // namespace seqfeat::test
