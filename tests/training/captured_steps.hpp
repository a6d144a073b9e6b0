// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "backend/launch_count.hpp"
#include "tests/support/device.hpp"
#include "tests/training/learner.hpp"

// Forward passes and updates that are captured once and replayed.

namespace seqfeat::test {

/// The key of a test's column.
inline std::string key_of(int column) {
  return "k" + std::to_string(column);
}

/// A batch of at most `rows` rows of at most `length` steps.
class Draws {
 public:
  explicit Draws(int columns = 3) : columns_(columns) {}

  Features batch(std::int64_t rows, std::int64_t length, bool full) {
    Features features;
    for (int c = 0; c < columns_; ++c) {
      Ragged& ids = memory_.try_emplace(key_of(c), DType::int64).first->second;
      ids.clear();
      std::mt19937_64 lengths(rows_);  // the same for all columns
      for (std::int64_t row = 0; row < rows; ++row) {
        const std::int64_t steps = full ? length : below(lengths, length + 1);
        for (std::int64_t step = 0; step < steps; ++step) {
          const std::int64_t values = full ? 2 : step + 1 == steps ? 1 : below(random_, 3);
          for (std::int64_t v = 0; v < values; ++v) ids.add_value(below(random_, 12) - 1);
          ids.end_step();
        }
        ids.end_row();
      }
      features.set(key_of(c), ids.view());
    }
    ++rows_;
    return features;
  }
  std::vector<float> gradient(std::int64_t count) {
    std::vector<float> numbers(static_cast<std::size_t>(count));
    for (float& number : numbers) number = static_cast<float>(below(random_, 2001) - 1000) / 512;
    return numbers;
  }

  std::mt19937_64& random() { return random_; }
  static std::int64_t below(std::mt19937_64& random, std::int64_t limit) {
    return static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(limit));
  }

 private:
  int columns_;
  std::mt19937_64 random_{3};
  std::uint64_t rows_ = 1;
  std::map<std::string, Ragged> memory_;
};

/// Memory for every batch up to `most`, at addresses that a graph may hold.
struct Room {
  Room(const Learner& learner, const BatchSizes& most, Stream stream, Emit emit = Emit::values)
      : backend(learner.layer().backend()),
        plan(learner.layer().plan(most, emit, {.trains = true})),
        workspace(backend, plan, stream),
        values(backend.memory(), plan.values * 4, stream),
        gradient(backend.memory(), plan.values * 4, stream),
        lengths(backend.memory(), plan.capacity.rows * 8, stream),
        ids(backend.memory(), plan.ids * 8, stream) {}

  void set_gradient(const std::vector<float>& numbers, Stream stream) const {
    backend.copy(gradient.data(), numbers.data(), static_cast<std::int64_t>(numbers.size() * 4),
                 stream);
    backend.synchronize(stream);
  }
  [[nodiscard]] Outputs outputs() const {
    return {.values = values.data(),
            .lengths = lengths.as<std::int64_t>(),
            .ids = ids.as<std::int64_t>()};
  }

  Backend backend;
  Plan plan;
  Workspace workspace;
  Buffer values;
  Buffer gradient;
  Buffer lengths;
  Buffer ids;  ///< Empty where they are not wanted.
};

/// What a captured step holds: the sort counts as one launch.
struct Captured {
  std::int64_t launches;
  Replay replay;
};

inline Captured capture_step(Learner& learner, Room& room, Stream stream) {
  const std::int64_t before = detail::launch_count();
  Replay replay = captured(stream, [&] {
    learner.layer().compute(room.outputs(), room.workspace, stream);
    learner.layer().update({room.gradient.data()}, room.workspace, learner.state(), stream);
  });
  return {detail::launch_count() - before, std::move(replay)};
}

}  // namespace seqfeat::test
