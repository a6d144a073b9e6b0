// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <string>

#include "tests/conformance/on_device.hpp"
#include "tests/support/backend_test.hpp"
#include "tests/support/thread_sanitizer.hpp"
#include "tests/training/learner.hpp"

// Every backend changes tables and state as the CPU does, bit by bit.

namespace seqfeat::test {
namespace {

class SameBits : public BackendTest {
 protected:
  void SetUp() override {
    if (!backend().trains() || !backend().on_device()) GTEST_SKIP() << "this is the CPU itself";
  }
};

std::vector<Optimizer> optimizers() {
  return {sgd(),
          sgd({.weight_decay = 0.1}),
          adagrad(),
          adagrad({.epsilon_in_root = true}),
          rowwise_adagrad(),
          adam({.stochastic_rounding = 3}),
          adam({.weight_decay = 0.01}),
          ftrl({.l1 = 0.01, .l2 = 0.1}),
          sgd({.stochastic_rounding = 11})};
}

std::vector<RandomTraining::Sizes> shapes() {
  return {{},
          {.columns = 1, .rows = 5, .length = 4, .values = 1, .dim = 300, .skew = 0.0},
          {.columns = 26, .rows = 4, .length = 3, .values = 2, .dim = 9},
          {.columns = 2, .rows = 40, .length = 30, .values = 12, .buckets = 3, .dim = 8},
          {.columns = 2, .rows = 200, .length = 40, .values = 1, .buckets = 2, .dim = 5},
          {.columns = 4, .rows = 30, .length = 20, .values = 3, .buckets = 900, .dim = 64},
          {.columns = 3, .rows = 0},
          {.columns = 60, .rows = 2, .length = 2, .values = 2, .buckets = 5, .dim = 4}};
}

constexpr FloatType kTypes[] = {FloatType::float32, FloatType::float16, FloatType::bfloat16};
constexpr Emit kEmits[] = {Emit::values, Emit::values_and_ids, Emit::ragged,
                           Emit::ragged | Emit::ids};

/// Elements of a batch's values, for its gradient.
std::int64_t elements_of(const SequenceFeatures& layer, const Features& features, Emit emit) {
  const Batch batch = layer(features, Emit::lengths | Emit::ids);
  const std::int64_t slots =
      wants_ragged(emit) ? batch.steps() : batch.rows() * layer.measure(features).padded_steps;
  return slots * layer.dim();
}

TEST_P(SameBits, OfRandomLayersAndOptimizers) {
  const auto all = shapes();
  for (std::uint64_t seed = 0; seed < 108; ++seed) {
    SCOPED_TRACE(seed);
    RandomTraining random(seed, all[seed % all.size()]);
    const Lesson lesson{.columns = random.columns(),
                        .options = random.options(),
                        .optimizer = optimizers()[seed % 9],
                        .table_types = {kTypes[seed / 3 % 3]},
                        .gap = static_cast<std::int64_t>(seed / 4 % 2) * 4,
                        .shared = {}};
    Learner cpu(Backend::cpu(), lesson);
    Learner here(backend(), lesson);
    for (int step = 0; step < 3; ++step) {
      const Emit emit = kEmits[(seed + static_cast<std::uint64_t>(step)) % 4];
      const FloatType type = kTypes[(seed + static_cast<std::uint64_t>(step)) % 3];
      const Features features = random.draw();
      const auto gradient = random.gradient(elements_of(cpu.layer(), features, emit));
      cpu.step(features, gradient, type, emit, 1);
      here.step(features, gradient, type, emit, step == 1 ? 3 : 1);
      ASSERT_EQ(here.bytes(), cpu.bytes()) << "step " << step;
    }
  }
}

/// Truncated by the device itself, with offsets of 32 and 64 bits.
TEST_P(SameBits, OfFeaturesOnTheDevice) {
  for (std::uint64_t seed = 0; seed < 24; ++seed) {
    SCOPED_TRACE(seed);
    RandomTraining::Sizes shape = shapes()[seed % 4];
    shape.crosses = false;
    RandomTraining random(seed, shape);
    LayerOptions options = random.options();
    options.max_length = 1 + static_cast<std::int64_t>(seed % 5);
    options.truncation = seed % 2 == 0 ? Truncation::keep_first : Truncation::keep_last;
    options.padding = Padding::max_length;
    const Lesson lesson{.columns = random.columns(),
                        .options = options,
                        .optimizer = optimizers()[seed % 9],
                        .shared = {}};
    Learner cpu(Backend::cpu(), lesson);
    Learner here(backend(), lesson);
    OnDevice memory(backend());
    const Features features = random.draw();
    const auto gradient = random.gradient(elements_of(cpu.layer(), features, Emit::values));
    cpu.step(features, gradient, FloatType::float32, Emit::values, 1);
    here.step(memory.keep(features, seed % 3 == 0), gradient, FloatType::float32, Emit::values, 1);
    ASSERT_EQ(here.bytes(), cpu.bytes());
  }
}

/// Words whose offsets the device looks at, beside norms of rows of every type.
TEST_P(SameBits, OfStringsOnTheDevice) {
  RandomTraining random(6, {});
  const auto column = sequence_categorical_column_with_hash_bucket("k", 7);
  int turn = 0;
  for (const std::int64_t dim : {1, 2, 3, 8, 130}) {
    for (const FloatType type : {FloatType::float32, FloatType::float16, FloatType::bfloat16}) {
      for (const bool clips : {false, true}) {
        SCOPED_TRACE(++turn);
        EmbeddingOptions options;
        if (clips) options.max_norm = 0.5;
        const Lesson lesson{.columns = {embedding_column(column, dim, options)},
                            .options = {.max_length = 4,
                                        .truncation = Truncation::keep_last,
                                        .padding = Padding::max_length},
                            .table_types = {type},
                            .shared = {}};
        Learner cpu(Backend::cpu(), lesson);
        Learner here(backend(), lesson);
        // By turns steps of one word, of any number and of two, the last without offsets.
        Ragged words;
        for (int row = 0; row < 7; ++row) {
          for (int step = 0; step < row; ++step) {
            const int values = turn % 3 == 0 ? 1 : turn % 3 == 1 ? row * step % 10 : 2;
            for (int i = 0; i < values; ++i) words.add_value("w" + std::to_string(row * step + i));
            words.end_step();
          }
          words.end_row();
        }
        RaggedView view = words.view();
        if (turn % 3 == 2) {
          view.step_offsets = {};
          view.values_per_step = 2;
        }
        Features host;
        host.set("k", view);
        OnDevice memory(backend());
        const auto gradient = random.gradient(7 * 4 * dim);
        cpu.step(host, gradient, FloatType::float32, Emit::values, 1);
        here.step(memory.keep(host, turn % 2 == 0), gradient, FloatType::float32, Emit::values, 1);
        ASSERT_EQ(here.bytes(), cpu.bytes());
      }
    }
  }
}

/// Steps of a fixed number of values, without offsets.
TEST_P(SameBits, OfStepsOfOneSize) {
  RandomTraining random(3, {});
  const auto column = sequence_categorical_column_with_identity("k", 7);
  for (const std::int64_t values : {1, 2, 5}) {
    for (const bool on_device : {false, true}) {
      SCOPED_TRACE(std::to_string(values) + (on_device ? " on the device" : ""));
      const Lesson lesson{.columns = {embedding_column(column, 4)},
                          .options = {.max_length = 5,
                                      .truncation = Truncation::keep_first,
                                      .padding = Padding::max_length},
                          .optimizer = adagrad(),
                          .shared = {}};
      Learner cpu(Backend::cpu(), lesson);
      Learner here(backend(), lesson);
      Ragged ids(DType::int64);
      for (std::int64_t row = 0; row < 9; ++row) {
        for (std::int64_t i = 0; i < row * values; ++i) ids.add_value((row + i * i) % 8 - 1);
        ids.end_steps();
        ids.end_row();
      }
      // Row r has r steps of `values` values.
      RaggedView view = ids.view();
      std::vector<std::int64_t> rows{0};
      for (std::int64_t row = 0; row < 9; ++row) rows.push_back(rows.back() + row);
      view.row_offsets = {rows.data(), std::ssize(rows), true};
      view.step_offsets = {};
      view.values_per_step = values;
      OnDevice memory(backend());
      Features host;
      Features features;
      host.set("k", view);
      features.set("k", on_device ? memory.keep(view, values % 2 == 0) : view);
      const auto gradient = random.gradient(9 * 5 * 4);
      cpu.step(host, gradient, FloatType::float32, Emit::values, 1);
      here.step(features, gradient, FloatType::float32, Emit::values, 1);
      ASSERT_EQ(here.bytes(), cpu.bytes());
    }
  }
}

/// Rows that end in steps without values, which the device itself leaves out.
TEST_P(SameBits, OfRowsThatEndInEmptySteps) {
  RandomTraining random(4, {});
  const auto column = sequence_categorical_column_with_identity("k", 7);
  const Lesson lesson{.columns = {embedding_column(column, 4)},
                      .options = {.max_length = 4,
                                  .truncation = Truncation::keep_last,
                                  .padding = Padding::max_length,
                                  .padding_side = PaddingSide::left},
                      .shared = {}};
  for (const bool wide : {false, true}) {
    Learner cpu(Backend::cpu(), lesson);
    Learner here(backend(), lesson);
    Ragged ids(DType::int64);
    for (std::int64_t row = 0; row < 12; ++row) {
      for (std::int64_t step = 0; step < 6; ++step) {
        const std::int64_t values = step < row % 7 ? (row + step) % 3 + 1 : 0;
        for (std::int64_t i = 0; i < values; ++i) ids.add_value((row * step + i) % 7);
        ids.end_step();
      }
      ids.end_row();
    }
    Features host;
    host.set("k", ids.view());
    OnDevice memory(backend());
    const auto gradient = random.gradient(12 * 4 * 4);
    cpu.step(host, gradient, FloatType::float32, Emit::values, 1);
    here.step(memory.keep(host, wide), gradient, FloatType::float32, Emit::values, 1);
    ASSERT_EQ(here.bytes(), cpu.bytes()) << wide;
  }
}

/// `count` times one id, behind and in front of others.
Features run_of(Ragged& ids, std::int64_t count, std::int64_t before, std::int64_t after) {
  ids.clear();
  for (std::int64_t i = 0; i < before; ++i) ids.add_value(i % 2);
  for (std::int64_t i = 0; i < count; ++i) ids.add_value(std::int64_t{2});
  for (std::int64_t i = 0; i < after; ++i) ids.add_value(3 + i % 4);
  ids.end_steps();
  ids.end_row();
  Features features;
  features.set("k", ids.view());
  return features;
}

TEST_P(SameBits, OfRunsOfEveryLength) {
  RandomTraining random(5, {});
  const auto column = sequence_categorical_column_with_identity("k", 7);
  for (const std::int64_t dim : {1, 6, 12, 132}) {
    Lesson lesson{.columns = {embedding_column(column, dim)}, .options = {}, .shared = {}};
    if (dim == 6) lesson.optimizer = rowwise_adagrad();
    if (dim == 132) lesson.columns = {embedding_column(column, dim, {.max_norm = 3.0})};
    Learner cpu(Backend::cpu(), lesson);
    Learner here(backend(), lesson);
    Ragged ids(DType::int64);
    for (const std::int64_t count :
         {1,   2,   7,   8,    9,    63,   64,   65,   255,  256,  257,  511,  512, 513,
          514, 767, 768, 1023, 1024, 1025, 1537, 2047, 3000, 4096, 4097, 4999, 5000}) {
      for (const std::int64_t before : {0, 1, 255, 300, 512, 1500}) {
        if (kUnderThreadSanitizer && before != 1 && before != 300) continue;
        SCOPED_TRACE(std::to_string(count) + " behind " + std::to_string(before));
        const Features features = run_of(ids, count, before, before / 2);
        const auto gradient = random.gradient((count + before + before / 2) * dim);
        cpu.step(features, gradient, FloatType::float32, Emit::values, 1);
        here.step(features, gradient, FloatType::float32, Emit::values, 1);
        ASSERT_EQ(here.bytes(), cpu.bytes());
      }
    }
  }
}

TEST_P(SameBits, OfTablesThatColumnsShare) {
  RandomTraining random(9, {});
  Lesson lesson{.columns = {}, .options = {.padding_side = PaddingSide::left}, .shared = {}};
  for (const char* key : {"a", "b", "c", "d"}) {
    const auto column = sequence_categorical_column_with_identity(key, 9);
    const auto combiner = static_cast<Combiner>(lesson.columns.size() % 3);
    lesson.columns.emplace_back(embedding_column(column, 12, {.combiner = combiner}));
    if (*key == 'c') lesson.shared["c_embedding"] = "a_embedding";
    if (*key == 'd') lesson.shared["d_embedding"] = "a_embedding";
  }
  lesson.optimizer = adagrad();
  Learner cpu(Backend::cpu(), lesson);
  Learner here(backend(), lesson);
  for (int step = 0; step < 4; ++step) {
    std::map<std::string, Ragged> memory;
    Features features;
    for (const std::string key : {"a", "b", "c", "d"}) {
      Ragged& ids = memory.try_emplace(key, DType::int64).first->second;
      for (std::int64_t row = 0; row < 30; ++row) {
        for (std::int64_t s = 0; s <= row % 5; ++s) {
          const auto values = static_cast<std::int64_t>(random.random()() % 13);
          for (std::int64_t v = 0; v <= values; ++v) {
            ids.add_value(static_cast<std::int64_t>(random.random()() % 9));
          }
          ids.end_step();
        }
        ids.end_row();
      }
      features.set(key, ids.view());
    }
    const auto gradient = random.gradient(elements_of(cpu.layer(), features, Emit::values));
    cpu.step(features, gradient, FloatType::float32, Emit::values, 1);
    here.step(features, gradient, FloatType::float32, Emit::values, 1);
    ASSERT_EQ(here.bytes(), cpu.bytes()) << "step " << step;
  }
}

SEQFEAT_ON_EVERY_BACKEND(SameBits);

}  // namespace
}  // namespace seqfeat::test
