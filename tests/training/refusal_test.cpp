// SPDX-License-Identifier: Apache-2.0
#include "tests/support/refusal.hpp"

#include <gtest/gtest.h>

#include <optional>

#include "tests/conformance/on_device.hpp"
#include "tests/support/backend_test.hpp"
#include "tests/training/random_training.hpp"

// What training refuses, by name; nothing has changed afterwards.

namespace seqfeat::test {
namespace {

class Refusals : public BackendTest {
 protected:
  void SetUp() override {
    if (!backend().trains()) GTEST_SKIP() << "the backend does not train";
  }
  static EmbeddingColumn column(const char* key, std::int64_t dim, EmbeddingOptions options = {}) {
    return embedding_column(sequence_categorical_column_with_identity(key, 4), dim, options);
  }
  Features features(const char* key = "k") {
    ids_ = Ragged(DType::int64);
    for (const std::int64_t id : {1, 3}) ids_.add_value(id);
    ids_.end_steps();
    ids_.end_row();
    Features views;
    views.set(key, ids_.view());
    return views;
  }
  template <class Act>
  static std::string refused(Act act) {
    return refusal<InvalidArgument>([&] {
      act();
      return 0;
    });
  }

 private:
  Ragged ids_{DType::int64};
};

TEST_P(Refusals, NameWhatIsWrongWithAnUpdate) {
  SequenceFeatures layer({column("k", 2)}, backend());
  SequenceFeatures other({column("k", 2)}, backend());
  OptimizerState state(layer, sgd());
  OptimizerState foreign(other, sgd());
  TrainingRun run(layer, features());
  const Uploaded gradient(backend(), std::vector<float>(8, 1.0F));
  const auto before = downloaded(backend(), layer.table("k_embedding"));
  const auto update = [&](const void* data, Workspace& workspace, OptimizerState& with) {
    return refused([&] { layer.update({data}, workspace, with, kHostStream); });
  };
  EXPECT_TRUE(holds(update(nullptr, run.workspace(), state), "gradient", "null"));
  EXPECT_TRUE(holds(update(static_cast<char*>(gradient.data()) + 1, run.workspace(), state),
                    "gradient", "aligned"));
  EXPECT_TRUE(holds(refused([&] {
                      layer.update({static_cast<char*>(gradient.data()) + 1, FloatType::bfloat16},
                                   run.workspace(), state, kHostStream);
                    }),
                    "gradient", "aligned"));
  EXPECT_TRUE(holds(update(gradient.data(), run.workspace(), foreign), "state", "another layer"));
  Workspace plain(backend(), layer.plan({1, 2, 2, 0, 2, 2}), kHostStream);
  EXPECT_TRUE(holds(update(gradient.data(), plain, state), "workspace", "trains"));
  Workspace empty(backend(), run.plan(), kHostStream);
  EXPECT_TRUE(holds(update(gradient.data(), empty, state), "workspace", "no batch"));
  layer.pack(features(), run.workspace(), kHostStream);
  EXPECT_TRUE(holds(update(gradient.data(), run.workspace(), state), "workspace", "no batch"));
  EXPECT_EQ(state.step(), 0);
  EXPECT_EQ(downloaded(backend(), layer.table("k_embedding")), before);
}

TEST_P(Refusals, NameMemoryThatIsElsewhere) {
  if (!backend().on_device()) GTEST_SKIP() << "the host's memory is right here";
  SequenceFeatures layer({column("k", 2)}, backend());
  OptimizerState state(layer, adam());
  TrainingRun run(layer, features());
  std::vector<float> host(8);
  const auto update = [&](const void* data) {
    return refused([&] { layer.update({data}, run.workspace(), state, kHostStream); });
  };
  const auto bind = [&](float* data) {
    return refused([&] { state.bind("k_embedding", "moment1", data); });
  };
  EXPECT_TRUE(holds(update(host.data()), "gradient", "memory of the host"));
  EXPECT_TRUE(holds(bind(host.data()), "k_embedding/moment1", "host"));
  std::optional<Backend> other;
  try {
    other = Backend::cuda(1);
  } catch (const InvalidArgument&) {
    return;  // a single device
  }
  const Uploaded elsewhere(*other, host);
  EXPECT_TRUE(holds(update(elsewhere.data()), "CUDA device 1", "expected memory of CUDA device 0"));
  EXPECT_TRUE(holds(bind(static_cast<float*>(elsewhere.data())), "CUDA device 1"));
}

/// Features of a device are looked at where the layer trains as where it does not.
TEST_P(Refusals, NameAFaultOfFeaturesOnTheDevice) {
  if (!backend().on_device()) GTEST_SKIP() << "the host looks at them itself";
  for (const bool clips : {false, true}) {
    const EmbeddingOptions options{.max_norm = clips ? std::optional(1.0) : std::nullopt};
    const SequenceFeatures layer({column("k", 2, options)}, backend(),
                                 {.max_length = 2, .padding = Padding::max_length});
    OnDevice memory(backend());
    const std::vector<std::int64_t> decreasing{0, 2, 1};
    RaggedView view = *features().find("k");
    view.row_offsets = {decreasing.data(), 3, true};
    Features lying;
    lying.set("k", memory.keep(view, true));
    TrainingRun run(layer, lying);
    EXPECT_TRUE(holds(refusal<DataError>([&] {
                        run.workspace().check(kHostStream);
                        return 0;
                      }),
                      "k_embedding", "row 1"));
  }
}

TEST_P(Refusals, NameRowsOfTheDeviceThatAreTooLongOrNotOfOneLength) {
  if (!backend().on_device()) GTEST_SKIP() << "the host looks at them itself";
  for (const bool clips : {false, true}) {
    const EmbeddingOptions options{.max_norm = clips ? std::optional(1.0) : std::nullopt};
    for (const std::int64_t length : {1, 3}) {
      const SequenceFeatures layer({column("a", 2, options), column("b", 2, options)}, backend(),
                                   {.max_length = 2, .padding = Padding::max_length});
      Ragged two(DType::int64);
      Ragged other(DType::int64);
      for (int i = 0; i < 2; ++i) two.add_value(std::int64_t{1});
      for (int i = 0; i < length; ++i) other.add_value(std::int64_t{1});
      for (Ragged* feature : {&two, &other}) {
        feature->end_steps();
        feature->end_row();
      }
      OnDevice memory(backend());
      Features features;
      features.set("a", memory.keep(length == 1 ? two.view() : other.view(), clips));
      features.set("b", memory.keep(other.view(), clips));
      TrainingRun run(layer, features);
      EXPECT_TRUE(holds(refusal<DataError>([&] {
                          run.workspace().check(kHostStream);
                          return 0;
                        }),
                        "row 0", length == 1 ? "b_embedding" : "a_embedding"));
    }
  }
}

TEST_P(Refusals, NameAFaultInTheBytesOfWordsOnTheDevice) {
  if (!backend().on_device()) GTEST_SKIP() << "the host looks at them itself";
  const std::vector<std::int64_t> decreasing{0, 1, 2, 3, 4, 5, 3, 7};
  Ragged words;
  for (const char* word : {"a", "b", "c", "d", "e", "f", "g"}) words.add_value(word);
  words.end_step();
  words.end_row();
  RaggedView view = words.view();
  view.byte_offsets = {decreasing.data(), 8, true};
  for (const bool clips : {false, true}) {
    const EmbeddingOptions options{.max_norm = clips ? std::optional(1.0) : std::nullopt};
    const SequenceFeatures layer(
        {embedding_column(sequence_categorical_column_with_hash_bucket("w", 5), 2, options)},
        backend(), {.max_length = 4, .padding = Padding::max_length});
    for (const bool wide : {false, true}) {
      OnDevice memory(backend());
      Features lying;
      lying.set("w", memory.keep(view, wide));
      TrainingRun run(layer, lying);
      EXPECT_TRUE(holds(refusal<DataError>([&] {
                          run.workspace().check(kHostStream);
                          return 0;
                        }),
                        "w_embedding", "row 0", "step 0"));
    }
  }
}

TEST_P(Refusals, NameWhatIsWrongWithASparseGradient) {
  SequenceFeatures layer({column("k", 2)}, backend());
  SequenceFeatures other({column("k", 2)}, backend());
  TrainingRun run(layer, features());
  const Uploaded gradient(backend(), std::vector<float>(4, 1.0F));
  SparseGradient foreign(other, run.sizes(), kHostStream);
  SparseGradient small(layer, {.rows = 1, .steps = 1, .tokens = 1, .padded_steps = 1}, kHostStream);
  const auto into = [&](SparseGradient& sparse) {
    return refused(
        [&] { layer.gradients({gradient.data()}, run.workspace(), sparse, kHostStream); });
  };
  EXPECT_TRUE(holds(into(foreign), "sparse gradient", "another layer"));
  EXPECT_TRUE(holds(into(small), "sparse gradient", "1 values", "plan for 2"));
  EXPECT_TRUE(holds(refused([&] { (void)small.on_host("k", kHostStream); }), "'k'"));
}

TEST_P(Refusals, NameWhatIsWrongWithTables) {
  const Buffer memory = to_backend(backend(), std::span<const float>(std::vector<float>(64)));
  auto* floats = memory.as<float>();
  const auto plan = [&](std::int64_t shift, EmbeddingOptions options, std::int64_t pitch = 0) {
    SequenceFeatures layer({column("a", 2), column("b", 2, options)}, backend());
    layer.bind("a_embedding", {floats, 4, 2, pitch});
    layer.bind("b_embedding", {floats + shift, 4, 2, pitch});
    return refused([&] { OptimizerState(layer, sgd()); });
  };
  EXPECT_EQ(plan(0, {}), "");                    // the same
  EXPECT_EQ(plan(8, {}), "");                    // behind it
  EXPECT_EQ(plan(2, {}, 4), "");                 // beside it, in wider rows
  EXPECT_EQ(plan(4, {.trainable = false}), "");  // read only
  EXPECT_TRUE(holds(plan(4, {}), "a_embedding", "b_embedding", "overlap"));
  EXPECT_TRUE(holds(plan(1, {}, 4), "overlap"));
  EXPECT_TRUE(holds(plan(0, {.max_norm = 1.0}), "overlap", "max_norm"));
}

TEST_P(Refusals, NameAStatesTensor) {
  const SequenceFeatures layer({column("k", 2)}, backend());
  OptimizerState state(layer, adam());
  const Buffer memory(backend().memory(), 64, kHostStream);
  EXPECT_TRUE(holds(refused([&] { state.bind("k", "moment1", memory.as<float>()); }), "'k/moment1'",
                    "k_embedding/moment1"));
  EXPECT_TRUE(holds(refused([&] { state.bind("k_embedding", "moment1", nullptr); }), "null"));
  EXPECT_TRUE(holds(refused([&] { state.set_learning_rate(-1); }), "learning_rate"));
  EXPECT_TRUE(holds(refused([&] { state.set_step(-1); }), "step"));
  ASSERT_EQ(state.tensors().size(), 2U);
  EXPECT_EQ(state.tensors()[1].bytes(), 4 * 2 * 4);
}

SEQFEAT_ON_EVERY_BACKEND(Refusals);

TEST(TrainingElsewhere, IsRefusedWhereABackendDoesNotTrain) {
  for (const NamedBackend& named : every_backend()) {
    if (named.backend.trains()) continue;
    const SequenceFeatures layer(
        {embedding_column(sequence_categorical_column_with_identity("k", 4), 2)}, named.backend);
    const auto plan = [&] { return layer.plan({1, 1, 1, 0, 1}, Emit::values, {.trains = true}); };
    EXPECT_TRUE(holds(refusal<DeviceUnavailable>(plan), "training", "Backend::cpu()"));
  }
}

}  // namespace
}  // namespace seqfeat::test
