// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <utility>

#include "tests/support/backend_test.hpp"
#include "tests/support/device.hpp"
#include "tests/training/learner.hpp"

// The sort beside the model: `prepare_update` on a stream of its own, between two waits.

namespace seqfeat::test {
namespace {

class SideStream : public BackendTest {
 protected:
  void SetUp() override {
    if (!backend().trains() || !backend().on_device()) GTEST_SKIP() << "no streams, or no training";
  }
};

/// A wait that a test may leave out.
enum class Without { nothing, wait_for_forward, wait_for_sort };

/// Which stream the host waits for first: lazy ones run as far as that needs.
enum class First { main, side };

/// A layer that learns, in memory for its largest batch.
class TwoStreams {
 public:
  TwoStreams(const Backend& backend, const Lesson& lesson, const BatchSizes& most)
      : learner_(backend, lesson),
        plan_(learner_.layer().plan(most, Emit::values, {.trains = true})),
        workspace_(backend, plan_, kHostStream),
        values_(backend.memory(), plan_.values * 4, kHostStream),
        gradient_(backend.memory(), plan_.values * 4, kHostStream),
        lengths_(backend.memory(), plan_.capacity.rows * 8, kHostStream) {
    learner_.state().complete();
    backend.synchronize(kHostStream);
  }

  /// Forward and update; the sort between them stands on the side stream.
  void enqueue(Without without = Without::nothing) {
    const SequenceFeatures& layer = learner_.layer();
    layer.compute({.values = values_.data(), .lengths = lengths_.as<std::int64_t>()}, workspace_,
                  main_.stream());
    computed_.record(main_.stream());
    if (without != Without::wait_for_forward) computed_.hold_back(side_.stream());
    layer.prepare_update(workspace_, side_.stream());
    sorted_.record(side_.stream());
    if (without != Without::wait_for_sort) sorted_.hold_back(main_.stream());
    layer.update({gradient_.data()}, workspace_, learner_.state(), main_.stream());
  }
  void pack(const Features& features, const std::vector<float>& gradient) {
    const Backend& backend = learner_.layer().backend();
    (void)learner_.layer().pack(features, workspace_, main_.stream());
    backend.copy(gradient_.data(), gradient.data(), static_cast<std::int64_t>(gradient.size() * 4),
                 main_.stream());
    backend.synchronize(main_.stream());
  }
  [[nodiscard]] Replay captured_step() {
    return captured(main_.stream(), [this] { enqueue(); });
  }
  void advance() { learner_.state().advance(main_.stream()); }
  [[nodiscard]] std::vector<std::byte> bytes(First first) const {
    const Backend& backend = learner_.layer().backend();
    if (first == First::side) backend.synchronize(side_.stream());
    backend.synchronize(main_.stream());
    return learner_.bytes();
  }

 private:
  Learner learner_;
  OwnStream main_;
  OwnStream side_;
  OwnEvent computed_;
  OwnEvent sorted_;
  Plan plan_;
  Workspace workspace_;
  Buffer values_;
  Buffer gradient_;
  Buffer lengths_;
};

/// Batches of a random layer, each with a gradient, and what the CPU learns of them.
class Course {
 public:
  explicit Course(std::uint64_t seed)
      : random_(seed, {.columns = 5, .rows = 20, .length = 12, .buckets = 7, .dim = 9}),
        lesson_{.columns = random_.columns(),
                .options = random_.options(),
                .optimizer = adam(),
                .shared = {}},
        cpu_(Backend::cpu(), lesson_) {}

  [[nodiscard]] const Lesson& lesson() const noexcept { return lesson_; }
  [[nodiscard]] static BatchSizes most() { return {20, 240, 5'000, 0, 60}; }

  /// Gives the next batch to `pupil`, and lets the CPU learn it.
  void next(TwoStreams& pupil) {
    const Features features = random_.draw();
    const BatchSizes sizes = cpu_.layer().measure(features);
    const auto gradient = random_.gradient(sizes.rows * sizes.padded_steps * cpu_.layer().dim());
    pupil.pack(features, gradient);
    cpu_.step(features, gradient, FloatType::float32, Emit::values, 1);
  }
  [[nodiscard]] std::vector<std::byte> bytes() const { return cpu_.bytes(); }

 private:
  RandomTraining random_;
  Lesson lesson_;
  Learner cpu_;
};

TEST_P(SideStream, PreparesAnUpdateBesideTheModel) {
  Course course(2);
  TwoStreams pupil(backend(), course.lesson(), Course::most());
  const LazyStreams lazy;
  for (int batch = 0; batch < 6; ++batch) {
    course.next(pupil);
    pupil.enqueue();
    ASSERT_EQ(pupil.bytes(batch % 2 == 0 ? First::main : First::side), course.bytes()) << batch;
  }
}

TEST_P(SideStream, MayBeCapturedWithTheForwardPass) {
  Course course(3);
  TwoStreams pupil(backend(), course.lesson(), Course::most());
  course.next(pupil);
  const Replay replay = pupil.captured_step();
  const LazyStreams lazy;
  for (int batch = 0; batch < 5; ++batch) {
    if (batch > 0) course.next(pupil);
    pupil.advance();
    replay();
    ASSERT_EQ(pupil.bytes(First::main), course.bytes()) << batch;
  }
}

/// The tests above would see a missing wait: here are steps that miss one.
TEST_P(SideStream, GivesOtherBitsWithoutAWait) {
  if (!LazyStreams::show_missing_waits()) GTEST_SKIP() << "streams race as they like";
  for (const auto& [without, first] :
       {std::pair{Without::wait_for_forward, First::side}, {Without::wait_for_sort, First::main}}) {
    Course course(2);
    TwoStreams pupil(backend(), course.lesson(), Course::most());
    const LazyStreams lazy;
    course.next(pupil);
    pupil.enqueue(without);
    EXPECT_TRUE(pupil.bytes(first) != course.bytes());
  }
}

SEQFEAT_ON_EVERY_BACKEND(SideStream);

}  // namespace
}  // namespace seqfeat::test
