// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "tests/support/backend_test.hpp"
#include "tests/support/counting_memory.hpp"
#include "tests/support/refusal.hpp"
#include "tests/training/random_training.hpp"

// State: bound or owned, saved and loaded, and that steps allocate nothing.

namespace seqfeat::test {
namespace {

namespace fs = std::filesystem;

class State : public BackendTest {
 protected:
  void SetUp() override {
    if (!backend().trains()) GTEST_SKIP() << "the backend does not train";
    directory_ = fs::path(testing::TempDir()) / ("state-test-" + std::to_string(::getpid()));
    fs::create_directories(directory_);
  }
  void TearDown() override {
    std::error_code ignored;
    fs::remove_all(directory_, ignored);
  }
  [[nodiscard]] fs::path file(const char* name = "state.safetensors") const {
    return directory_ / name;
  }

 private:
  fs::path directory_;
};

/// Trains on the batches of a seed, and can begin again in the middle.
struct Trainer {
  explicit Trainer(const Backend& backend, const Optimizer& optimizer = adam())
      : random(5, {.columns = 4}),
        layer(random.columns(), backend, random.options()),
        state(layer, optimizer) {}

  void train(int steps) {
    for (int i = 0; i < steps; ++i) {
      TrainingRun run(layer, random.draw());
      const Uploaded gradient(layer.backend(), random.gradient(run.elements()));
      layer.update({gradient.data()}, run.workspace(), state, kHostStream);
    }
  }
  /// Draws batches without training on them.
  void skip(int steps) {
    for (int i = 0; i < steps; ++i) {
      const BatchSizes sizes = layer.measure(random.draw());
      static_cast<void>(random.gradient(sizes.rows * sizes.padded_steps * layer.dim()));
    }
  }

  RandomTraining random;
  SequenceFeatures layer;
  OptimizerState state;
};

std::string contents(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

TEST_P(State, GoesOnAfterALoadAsIfItHadNeverStopped) {
  for (const Optimizer& optimizer : {adam(), ftrl(), rowwise_adagrad(), sgd()}) {
    Trainer whole(backend(), optimizer);
    whole.train(3);
    whole.state.set_learning_rate(0.25);
    whole.state.save(file(), kHostStream);
    whole.train(3);
    whole.state.save(file("whole"), kHostStream);
    Trainer resumed(backend(), optimizer);
    resumed.skip(3);
    resumed.state.load(file(), kHostStream);
    EXPECT_EQ(resumed.state.step(), 3);
    EXPECT_EQ(resumed.state.learning_rate(), 0.25);
    resumed.train(3);
    resumed.state.save(file("resumed"), kHostStream);
    EXPECT_EQ(contents(file("resumed")), contents(file("whole"))) << to_json(optimizer);
  }
}

TEST_P(State, OfASharedTableIsOneUnderTheTablesName) {
  const auto of = [](const char* key) { return sequence_categorical_column_with_identity(key, 6); };
  std::vector<Column> columns = shared_embeddings({of("b"), of("a")}, 3, {}, "words");
  columns.emplace_back(shared_embedding_column(of("z"), 2, "frozen", {.trainable = false}));
  columns.emplace_back(shared_embedding_column(of("y"), 2, "frozen", {.trainable = false}));
  const SequenceFeatures layer(columns, backend());
  OptimizerState state(layer, adagrad());
  EXPECT_EQ(state.tables(), std::vector<std::string>{"words"});
  ASSERT_EQ(state.tensors().size(), 1U);
  EXPECT_EQ(state.tensors()[0].table, "words");
  EXPECT_EQ(state.tensors()[0].rows, 6);
  state.save(file(), kHostStream);
  const SafetensorsFile saved(file());
  std::vector<std::string> names;
  for (const auto& [name, tensor] : saved.tensors()) names.push_back(name);
  EXPECT_EQ(names, (std::vector<std::string>{"frozen", "words", "words/accumulator"}));
  OptimizerState again(layer, adagrad());
  again.load(file(), kHostStream);
}

TEST_P(State, RefusesFilesThatAreDamagedOrOfAnother) {
  Trainer one(backend());
  one.train(1);
  one.state.save(file(), kHostStream);
  const std::string good = contents(file());
  const auto load = [&]<class Refusal>(Trainer& into, Refusal) {
    return refusal<Refusal>([&] {
      into.state.load(file(), kHostStream);
      return 0;
    });
  };
  // A bit anywhere: the header, the metadata, a table, the state.
  for (std::size_t at = 8; at < good.size(); at += good.size() / 97) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 1);
    std::ofstream(file(), std::ios::binary) << bad;
    Trainer into(backend());
    EXPECT_THROW(into.state.load(file(), kHostStream), Error) << at;
    EXPECT_EQ(into.state.step(), 0);
  }
  std::ofstream(file(), std::ios::binary) << good.substr(0, good.size() - 1);
  EXPECT_THROW(one.state.load(file(), kHostStream), DataError);
  std::ofstream(file(), std::ios::binary) << good;
  Trainer other(backend(), adagrad());
  EXPECT_TRUE(holds(load(other, InvalidArgument("")), "another optimizer's", "adagrad"));
  RandomTraining random(6, {});
  const SequenceFeatures layer(random.columns(), backend(), random.options());
  OptimizerState state(layer, adam());
  EXPECT_TRUE(holds(refusal<InvalidArgument>([&] {
                      state.load(file(), kHostStream);
                      return 0;
                    }),
                    "another layer's"));
}

TEST_P(State, NamesAFileThatItCannotOpen) {
  Trainer trainer(backend());
  trainer.train(1);
  const auto failure = [](auto act) {
    return refusal<Error>([&] {
      act();
      return 0;
    });
  };
  const fs::path absent = file("absent") / "state.safetensors";
  EXPECT_TRUE(holds(failure([&] { trainer.state.load(absent, kHostStream); }), absent.string()));
  EXPECT_TRUE(holds(failure([&] { trainer.state.save(absent, kHostStream); }), absent.string()));
  EXPECT_FALSE(fs::exists(absent));
  EXPECT_EQ(trainer.state.step(), 1);
}

TEST_P(State, WorksInSomebodyElsesMemory) {
  Trainer own(backend());
  own.train(2);
  Trainer bound(backend());
  std::vector<Buffer> memory;
  for (const StateTensor& tensor : bound.state.tensors()) {
    const std::vector<float> zeros(static_cast<std::size_t>(tensor.rows * tensor.dim));
    memory.push_back(to_backend(backend(), std::span<const float>(zeros)));
    bound.state.bind(tensor.table, tensor.slot, memory.back().as<float>());
  }
  bound.train(2);
  for (std::size_t i = 0; i < memory.size(); ++i) {
    const StateTensor& tensor = own.state.tensors()[i];
    EXPECT_EQ(downloaded(backend(), memory[i].data(), tensor.bytes()),
              downloaded(backend(), tensor.data, tensor.bytes()));
  }
}

TEST(StateOnTheCpu, AllocatesNothingInAStep) {
  const auto memory = std::make_shared<CountingMemory>(host_memory_resource());
  const Backend backend = Backend::cpu(memory);
  Trainer trainer(backend);
  const Features features = trainer.random.draw();
  const Plan plan =
      trainer.layer.plan(trainer.layer.measure(features), Emit::values, {.trains = true});
  Workspace workspace(backend, plan, kHostStream);
  std::vector<float> values(static_cast<std::size_t>(plan.values));
  std::vector<std::int64_t> lengths(static_cast<std::size_t>(plan.capacity.rows));
  const std::vector<float> gradient = trainer.random.gradient(plan.values);
  SparseGradient sparse(trainer.layer, plan.capacity, kHostStream);
  trainer.state.complete();
  const std::int64_t before = memory->allocations;
  for (int step = 0; step < 3; ++step) {
    trainer.layer(features, {.values = values.data(), .lengths = lengths.data()}, workspace,
                  kHostStream);
    trainer.layer.prepare_update(workspace, kHostStream);
    trainer.layer.gradients({gradient.data()}, workspace, sparse, kHostStream);
    trainer.layer.update({gradient.data()}, workspace, trainer.state, kHostStream);
  }
  EXPECT_EQ(memory->allocations, before);
}

TEST(StateOnTheCpu, NeedsAsMuchWorkspaceAsItSays) {
  const Backend backend = Backend::cpu();
  for (const std::int64_t dim : {1, 64, 128, 4000}) {
    const SequenceFeatures layer(
        {embedding_column(sequence_categorical_column_with_identity("k", 1'000'000), dim,
                          {.trainable = true})},
        backend);
    for (const std::int64_t values : {0, 1, 63, 64, 1000, 100'000, 10'000'000}) {
      const BatchSizes sizes{.rows = 1, .steps = values, .tokens = values, .padded_steps = 1};
      const auto bytes = [&](bool trains) {
        return layer.plan(sizes, Emit::ids, {.trains = trains}).workspace_bytes;
      };
      EXPECT_LE(bytes(true) - bytes(false), 48 * values + 4 * dim * (values / 64) + (1 << 20));
    }
  }
}

SEQFEAT_ON_EVERY_BACKEND(State);

}  // namespace
}  // namespace seqfeat::test
