// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "seqfeat/seqfeat.hpp"
#include "seqfeat/training.hpp"

// One training step as functions of C, for torch_training.py: so it can time ours and its peers in
// turns within one process. There is one column; its table is in our own memory.

namespace {

using namespace seqfeat;

/// A layer of one embedding column, an optimizer, and batches to train on.
class Trainer {
 public:
  /// A row has up to `width` steps of one id each. With `pooled` it is one step, and its ids are
  /// summed.
  Trainer(std::int64_t table_rows, std::int64_t dim, std::int64_t width, bool pooled,
          const std::string& optimizer)
      : pooled_(pooled),
        table_(table_rows, dim),
        layer_({embedding_column(sequence_categorical_column_with_identity("k", table_rows), dim,
                                 {.combiner = Combiner::sum})},
               Backend::cpu(), {.max_length = pooled ? 1 : width, .padding = Padding::max_length}),
        state_((layer_.bind("k_embedding", table_.view()), layer_), parse_optimizer(optimizer)) {
    state_.complete();
  }

  /// Row r has ids [offsets[r], offsets[r + 1]).
  void add(std::span<const std::int64_t> ids, std::span<const std::int64_t> offsets) {
    Ragged& batch = batches_.emplace_back(DType::int64);
    for (std::size_t row = 0; row + 1 < offsets.size(); ++row) {
      const auto begin = static_cast<std::size_t>(offsets[row]);
      const auto end = static_cast<std::size_t>(offsets[row + 1]);
      batch.add_integers(ids.subspan(begin, end - begin));
      pooled_ ? batch.end_step() : batch.end_steps();
      batch.end_row();
    }
    const BatchSizes sizes = layer_.measure(features_of(batch));
    most_.rows = std::max(most_.rows, sizes.rows);
    most_.steps = std::max(most_.steps, sizes.steps);
    most_.tokens = std::max(most_.tokens, sizes.tokens);
    most_.padded_steps = sizes.padded_steps;
    workspace_.reset();
  }

  /// Forward pass, backward pass and update. `gradient` is that of all values.
  void step(std::size_t batch, const float* gradient) {
    if (!workspace_) reserve();
    const Features features = features_of(batches_.at(batch));
    layer_(features, {.values = values_.data(), .lengths = lengths_.data()}, *workspace_,
           kHostStream);
    layer_.update({gradient}, *workspace_, state_, kHostStream);
  }

  [[nodiscard]] float* table() { return table_.data(); }
  [[nodiscard]] const float* values() const { return values_.data(); }

 private:
  static Features features_of(const Ragged& batch) {
    Features features;
    features.set("k", batch.view());
    return features;
  }
  void reserve() {
    const Plan plan = layer_.plan(most_, Emit::values, {.trains = true});
    workspace_.emplace(layer_.backend(), plan, kHostStream);
    values_.resize(static_cast<std::size_t>(plan.values));
    lengths_.resize(static_cast<std::size_t>(most_.rows));
  }

  bool pooled_;
  EmbeddingTable table_;
  SequenceFeatures layer_;
  OptimizerState state_;
  std::vector<Ragged> batches_;
  BatchSizes most_;
  std::optional<Workspace> workspace_;
  std::vector<float> values_;
  std::vector<std::int64_t> lengths_;
};

std::string last_error;  // Python calls from one thread

/// Runs `work`; null, or the message of what it threw, valid until the next call.
template <class Work>
const char* message_of(const Work& work) noexcept {
  try {
    work();
    return nullptr;
  } catch (const std::exception& error) {
    last_error = error.what();
    return last_error.c_str();
  }
}

}  // namespace

#define SEQFEAT_EXPORT extern "C" [[gnu::visibility("default")]]

SEQFEAT_EXPORT const char* trainer_make(std::int64_t table_rows, std::int64_t dim,
                                        std::int64_t width, int pooled, const char* optimizer,
                                        Trainer** trainer) {
  return message_of([&] {
    *trainer = std::make_unique<Trainer>(table_rows, dim, width, pooled != 0, optimizer).release();
  });
}
SEQFEAT_EXPORT const char* trainer_add(Trainer* trainer, const std::int64_t* ids,
                                       const std::int64_t* offsets, std::int64_t rows) {
  return message_of([&] {
    trainer->add({ids, static_cast<std::size_t>(offsets[rows])},
                 {offsets, static_cast<std::size_t>(rows) + 1});
  });
}
SEQFEAT_EXPORT const char* trainer_step(Trainer* trainer, std::int64_t batch,
                                        const float* gradient) {
  return message_of([&] { trainer->step(static_cast<std::size_t>(batch), gradient); });
}
SEQFEAT_EXPORT float* trainer_table(Trainer* trainer) {
  return trainer->table();
}
SEQFEAT_EXPORT const float* trainer_values(Trainer* trainer) {
  return trainer->values();
}
SEQFEAT_EXPORT void trainer_free(Trainer* trainer) {
  std::unique_ptr<Trainer>{trainer}.reset();
}
