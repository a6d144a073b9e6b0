// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <optional>

#include "tests/support/backend_test.hpp"
#include "tests/support/counting_memory.hpp"
#include "tests/support/thread_sanitizer.hpp"
#include "tests/training/captured_steps.hpp"

// A forward pass and an update captured once, and replayed over batches of other sizes; and that a
// step allocates nothing.

namespace seqfeat::test {
namespace {

class CapturedTraining : public BackendTest {
 protected:
  void SetUp() override {
    if (!backend().trains() || !backend().on_device()) GTEST_SKIP() << "no graphs, or no training";
  }
};

/// Columns that clip and that do not, of values without rows, and of frozen tables.
Lesson lesson_of(const Optimizer& optimizer, bool clips, int columns = 3) {
  Lesson lesson{.columns = {}, .options = {}, .optimizer = optimizer, .shared = {}};
  for (int c = 0; c < columns; ++c) {
    EmbeddingOptions options{.combiner = Combiner::sqrtn, .trainable = c % 3 != 1};
    if (clips && c % 3 == 2) options.max_norm = 1.5;
    const auto outside = c % 3 == 0 ? std::nullopt : std::optional<std::int64_t>(0);
    lesson.columns.emplace_back(embedding_column(
        sequence_categorical_column_with_identity(key_of(c), 11, outside), 4 + c % 3 * 3, options));
  }
  return lesson;
}

/// How much a batch of `replay_many` may hold.
struct Largest {
  std::int64_t rows = 16;
  std::int64_t length = 20;
};

constexpr int kBatches = kUnderThreadSanitizer ? 10 : 100;

void replay_many(const Backend& backend, const Lesson& lesson, const Largest& largest = {}) {
  Learner replayed(backend, lesson);
  Learner eager(backend, lesson);
  Draws draws(static_cast<int>(lesson.columns.size()));
  const OwnStream own;
  const Stream stream = own.stream();
  const BatchSizes most = replayed.layer().measure(draws.batch(largest.rows, largest.length, true));
  Room room(replayed, most, stream);
  replayed.state().complete();
  (void)replayed.layer().pack(draws.batch(0, 0, true), room.workspace, stream);
  const Replay replay = capture_step(replayed, room, stream).replay;

  for (int batch = 0; batch < kBatches; ++batch) {
    SCOPED_TRACE(batch);
    const bool full = batch % 10 == 9;
    const Features features =
        full ? draws.batch(largest.rows, largest.length, true)
             : draws.batch(Draws::below(draws.random(), largest.rows + 1),
                           Draws::below(draws.random(), largest.length + 1), false);
    const BatchSizes sizes = replayed.layer().pack(features, room.workspace, stream);
    const auto gradient = draws.gradient(sizes.rows * sizes.padded_steps * replayed.layer().dim());
    room.set_gradient(gradient, stream);
    if (batch == kBatches / 2) {
      for (Learner* learner : {&replayed, &eager}) learner->state().set_learning_rate(0.125);
    }
    replayed.state().advance(stream);
    replay();
    backend.synchronize(stream);
    eager.step(features, gradient, FloatType::float32, Emit::values, 1);
    ASSERT_EQ(replayed.bytes(), eager.bytes());
  }
}

TEST_P(CapturedTraining, ReplaysOverBatchesOfOtherSizes) {
  replay_many(backend(), lesson_of(sgd(), false));
  replay_many(backend(), lesson_of(adam(), true));
  replay_many(backend(), lesson_of(rowwise_adagrad(), true));
}

TEST_P(CapturedTraining, ReplaysOverThreeHundredColumns) {
  replay_many(backend(), lesson_of(adagrad(), true, 300), {.rows = 3, .length = 2});
}

/// Grouping again, in a capture behind an eager group and in each replay, changes nothing.
TEST_P(CapturedTraining, MayGroupABatchAgainAndAgain) {
  const Lesson lesson = lesson_of(adagrad(), true);
  Learner replayed(backend(), lesson);
  Learner eager(backend(), lesson);
  Draws draws;
  const OwnStream own;
  const Stream stream = own.stream();
  const Features features = draws.batch(16, 20, true);
  Room room(replayed, replayed.layer().measure(features), stream);
  replayed.state().complete();
  const BatchSizes sizes = replayed.layer()(features, room.outputs(), room.workspace, stream);
  const auto gradient = draws.gradient(sizes.rows * sizes.padded_steps * replayed.layer().dim());
  room.set_gradient(gradient, stream);
  replayed.layer().prepare_update(room.workspace, stream);
  const auto replay = captured(stream, [&] {
    replayed.layer().update({room.gradient.data()}, room.workspace, replayed.state(), stream);
  });
  for (int round = 0; round < 3; ++round) {
    replayed.state().advance(stream);
    replay();
    backend().synchronize(stream);
    eager.step(features, gradient, FloatType::float32, Emit::values, 1);
    ASSERT_EQ(replayed.bytes(), eager.bytes()) << round;
  }
}

TEST_P(CapturedTraining, AllocatesNothingInAStep) {
  const auto memory = std::make_shared<CountingMemory>(backend().memory());
  const Backend where = Backend::cuda(0, memory);
  Learner learner(where, lesson_of(adam(), true));
  Draws draws;
  const OwnStream own;
  const Stream stream = own.stream();
  const Features features = draws.batch(16, 20, true);
  Room room(learner, learner.layer().measure(features), stream);
  learner.state().complete();
  room.set_gradient(draws.gradient(room.plan.values), stream);
  const std::int64_t before = memory->allocations;
  for (int round = 0; round < 3; ++round) {
    (void)learner.layer()(features, room.outputs(), room.workspace, stream);
    learner.layer().prepare_update(room.workspace, stream);
    learner.layer().update({room.gradient.data()}, room.workspace, learner.state(), stream);
  }
  where.synchronize(stream);
  EXPECT_EQ(memory->allocations, before);
}

SEQFEAT_ON_EVERY_BACKEND(CapturedTraining);

}  // namespace
}  // namespace seqfeat::test
