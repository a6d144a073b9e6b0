// SPDX-License-Identifier: Apache-2.0
#include <random>
#include <vector>

#include "tests/device/device_test.hpp"
#include "tests/device/lanes.hpp"
#include "tests/training/captured_steps.hpp"

// A step of training is a dozen kernels, some of which begin while the one before still runs. Where
// one of them reads too early it finds poison or the batch before, and the tables are wrong from
// then on: in a million ids and many rounds such a read shows.

namespace seqfeat::test {
namespace {

constexpr std::int64_t kLongest = 8;    // steps of a row
constexpr std::int64_t kMany = 60'000;  // rows that most batches touch now and then
constexpr std::int64_t kFew = 11;       // and those that fill long runs

Lesson lesson() {
  const auto column = [](const char* key, std::int64_t rows, std::int64_t dim) {
    return embedding_column(sequence_categorical_column_with_identity(key, rows), dim);
  };
  return {.columns = {column("few", kFew, 10), column("many", kMany, 16)},
          .options = {},
          .optimizer = adam(),
          .shared = {}};
}

/// A batch of `rows` rows of one to kLongest steps of one value.
class TrainingBatch {
 public:
  TrainingBatch(std::int64_t rows, std::uint64_t seed) : few_(DType::int64), many_(DType::int64) {
    std::mt19937_64 random(seed);
    for (std::int64_t row = 0; row < rows; ++row) {
      for (std::int64_t left = 1 + Draws::below(random, kLongest); left > 0; --left) {
        for (Ragged* ids : {&few_, &many_}) {
          ids->add_value(Draws::below(random, ids == &few_ ? kFew : kMany));
          ids->end_step();
        }
      }
      few_.end_row();
      many_.end_row();
    }
    features_.set("few", few_.view());
    features_.set("many", many_.view());
  }
  TrainingBatch(const TrainingBatch&) = delete;
  TrainingBatch& operator=(const TrainingBatch&) = delete;
  TrainingBatch(TrainingBatch&&) = delete;
  TrainingBatch& operator=(TrainingBatch&&) = delete;
  ~TrainingBatch() = default;
  [[nodiscard]] const Features& features() const noexcept { return features_; }

 private:
  Ragged few_, many_;
  Features features_;
};

class UpdateReplays : public DeviceTest {};

TEST_F(UpdateReplays, OfAGraphTrainAsTheCpuDoes) {
  constexpr std::int64_t kIds = 1'100'000;
  const std::int64_t rows = scaled(kIds / (kLongest + 1), 300);
  const TrainingBatch larger(rows, 1);
  const TrainingBatch smaller(rows - 3, 2);
  const OwnStream own;
  const Stream stream = own.stream();
  Learner replayed(backend(), lesson());
  Learner expected(Backend::cpu(), lesson());
  Draws draws;
  Room room(replayed, replayed.layer().measure(larger.features()), stream);
  const std::vector<float> gradient = draws.gradient(room.plan.values);
  room.set_gradient(gradient, stream);
  replayed.state().complete();
  replayed.layer().pack(larger.features(), room.workspace, stream);
  const Replay replay = capture_step(replayed, room, stream).replay;

  const std::int64_t rounds = scaled(40, 3);
  for (std::int64_t round = 0; round < rounds; ++round) {
    const Features& features = (round % 2 == 0 ? smaller : larger).features();
    replayed.state().advance(stream);
    poison_scratch(room.workspace, static_cast<int>(0x80 + round % 0x7f), stream);
    replayed.layer().pack(features, room.workspace, stream);
    replay();
    expected.step(features, gradient, FloatType::float32, Emit::values, 1);
  }
  room.workspace.check(stream);  // waits
  EXPECT_TRUE(replayed.bytes() == expected.bytes()) << "after " << rounds << " steps";
}

}  // namespace
}  // namespace seqfeat::test
