// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <optional>

#include "tests/conformance/on_device.hpp"
#include "tests/support/backend_test.hpp"
#include "tests/training/captured_steps.hpp"

// How many kernels a captured step has.

namespace seqfeat::test {
namespace {

class Launches : public BackendTest {
 protected:
  void SetUp() override {
    if (!backend().trains() || !backend().on_device()) GTEST_SKIP() << "no graphs, or no training";
  }
};

/// Kinds of layers that take launches of their own.
struct Kind {
  bool hashes;
  bool maps;
  bool closes_up;
  bool clips;
  bool on_device;
  bool counts;
  bool ids;
  int columns;
};

Lesson lesson_of(const Kind& kind) {
  Lesson lesson{.columns = {}, .options = {.max_length = 8}, .optimizer = adam(), .shared = {}};
  lesson.options.padding = Padding::max_length;
  const EmbeddingOptions options{.max_norm = kind.clips ? std::optional(1.5) : std::nullopt};
  for (int c = 0; c < kind.columns; ++c) {
    const auto outside = kind.closes_up ? std::nullopt : std::optional<std::int64_t>(0);
    const auto identity = sequence_categorical_column_with_identity(key_of(c), 11, outside);
    const auto hash = sequence_categorical_column_with_hash_bucket(key_of(c), 11, DType::int64);
    const auto& source = kind.hashes && (!kind.maps || c % 2 == 0) ? hash : identity;
    if (kind.counts && c % 5 == 4) {
      lesson.columns.emplace_back(indicator_column(source));
    } else {
      lesson.columns.emplace_back(embedding_column(source, 4, options));
    }
  }
  return lesson;
}

/// Whatever the layer is like, a captured step has at most 12 kernels for keys of up to 32 bits.
/// CUB's sort takes two kernels and one for every eight bits, and a memset for each of them.
TEST_P(Launches, AreFewForEveryKindOfLayer) {
  constexpr std::int64_t kMost = 12;
  constexpr std::int64_t kSort = 2 + 4;
  std::int64_t most_launches = 0;
  for (unsigned bits = 0; bits < 128; ++bits) {
    const auto bit = [bits](unsigned i) { return (bits >> i & 1) != 0; };
    const Kind kind{bit(0), bit(1) || !bit(0),    bit(2), bit(3), bit(4), bit(5),
                    bit(6), bits == 127 ? 300 : 6};
    SCOPED_TRACE(bits);
    Learner learner(backend(), lesson_of(kind));
    Draws draws(kind.columns);
    const OwnStream own;
    const Stream stream = own.stream();
    OnDevice memory(backend());
    const Features host = draws.batch(3, 2, true);
    const Features copied = memory.keep(host, true);
    const Features& features = kind.on_device ? copied : host;
    BatchSizes sizes = learner.layer().measure(features);
    sizes.tokens *= 1000;  // enough for a sort of many tiles, and for long runs
    Room room(learner, sizes, stream, kind.ids ? Emit::values_and_ids : Emit::values);
    learner.state().complete();
    (void)learner.layer().pack(features, room.workspace, stream);
    const Captured step = capture_step(learner, room, stream);
    EXPECT_LE(step.launches - 1 + kSort, kMost);
    EXPECT_LE(step.replay.nodes, kMost + kSort);
    most_launches = std::max(most_launches, step.launches);
  }
  EXPECT_EQ(most_launches - 1 + kSort, kMost);  // so much is needed
}

SEQFEAT_ON_EVERY_BACKEND(Launches);

}  // namespace
}  // namespace seqfeat::test
