// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "seqfeat/batch.hpp"
#include "seqfeat/features.hpp"
#include "seqfeat/layer.hpp"
#include "tests/support/random.hpp"

// A layer with batches whose answers lie on the device, and lanes on which they run: what many
// batches in flight write is compared there, bit for bit, without waiting.

namespace seqfeat::test {

/// Batches of a layer with a column of strings and one of integers, and the CPU's answers.
class Batches {
 public:
  static constexpr std::int64_t kLongest = 8;     // steps of a row
  static constexpr std::int64_t kMeanTokens = 9;  // of a row, in both columns

  /// `count` batches, each of at most `rows` rows and of a few less than the one before.
  Batches(const Backend& backend, std::int64_t rows, std::size_t count);

  [[nodiscard]] const SequenceFeatures& layer() const noexcept { return layer_; }
  [[nodiscard]] const Features& features(std::size_t batch) const {
    return features_[batch % features_.size()];
  }
  /// Holds the largest of them.
  [[nodiscard]] const Plan& plan() const noexcept { return plan_; }
  /// The values that batch `batch` should have, on the device.
  [[nodiscard]] const Buffer& answer(std::size_t batch) const {
    return answers_[batch % answers_.size()];
  }

 private:
  [[nodiscard]] static Features make_features(Rng& rng, std::int64_t rows);
  void bind_tables(SequenceFeatures& cpu);
  [[nodiscard]] Buffer upload(const void* data, std::int64_t bytes) const;

  Backend backend_;
  SequenceFeatures layer_;
  std::vector<std::vector<float>> host_tables_;
  std::vector<Buffer> tables_;
  std::vector<Features> features_;
  std::vector<Buffer> answers_;
  Plan plan_;
};

/// Enqueues setting every byte of a workspace's scratch to `byte`: no batch may read what another
/// left.
void poison_scratch(Workspace& workspace, int byte, Stream stream);

/// What one batch in flight needs, and a count of the words that were not as they should be.
class Lane {
 public:
  Lane(const Batches& batches, Stream stream);

  [[nodiscard]] Workspace& workspace() noexcept { return workspace_; }
  [[nodiscard]] Outputs outputs() const noexcept;

  /// Enqueues setting every byte of the outputs and of the workspace's scratch to `byte`.
  void poison(int byte, Stream stream);
  /// Packs batch `batch` and enqueues its kernels.
  void run(std::size_t batch, Stream stream);
  /// Enqueues the comparison of the values with the answer to batch `batch`.
  void compare(std::size_t batch, Stream stream);
  /// Waits.
  ///
  /// Returns  How many words differed in all comparisons so far.
  [[nodiscard]] std::uint64_t differences(Stream stream);

 private:
  const Batches* batches_;
  Workspace workspace_;
  Buffer values_, lengths_, count_;
};

}  // namespace seqfeat::test
