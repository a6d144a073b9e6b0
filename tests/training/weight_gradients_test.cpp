// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <cstring>

#include "backend/launch_count.hpp"
#include "tests/conformance/on_device.hpp"
#include "tests/support/backend_test.hpp"
#include "tests/support/refusal.hpp"
#include "tests/training/random_training.hpp"

// The gradient of weights: bits of plain loops, finite differences, and what is refused.

namespace seqfeat::test {
namespace {

class WeightGradients : public BackendTest {
 protected:
  void SetUp() override {
    if (!backend().trains()) GTEST_SKIP() << "the backend does not train";
  }

  /// Of the column called `name`, where the layer answered `values`; `count` numbers.
  static std::vector<float> of(const SequenceFeatures& layer, const std::string& name,
                               const std::vector<float>& values, TrainingRun& run,
                               const std::vector<float>& gradient, std::size_t count) {
    const Uploaded answered(backend(), values);
    const Uploaded uploaded(backend(), gradient);
    const std::vector<float> nothing(count + 1, NAN);
    const Uploaded out(backend(), nothing);
    const std::int64_t before = detail::launch_count();
    layer.weight_gradients(name, {.values = answered.data()}, {uploaded.data()}, run.workspace(),
                           static_cast<float*>(out.data()), kHostStream);
    EXPECT_EQ(detail::launch_count() - before, backend().on_device() ? 1 : 0);
    const auto bytes = downloaded(backend(), out.data(), static_cast<std::int64_t>(count + 1) * 4);
    std::vector<float> got(count + 1);
    std::memcpy(got.data(), bytes.data(), bytes.size());
    EXPECT_TRUE(std::isnan(got.back())) << "it writes past the end";
    got.pop_back();
    return got;
  }
};

TEST_P(WeightGradients, AreThoseOfPlainLoops) {
  int columns = 0;
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    SCOPED_TRACE(seed);
    RandomTraining random(seed, {.columns = 6,
                                 .rows = seed % 7 == 0 ? 90 : 12,
                                 .values = seed % 3 == 0   ? 1
                                           : seed % 3 == 1 ? 4
                                                           : 40,
                                 .dim = seed % 5 == 0 ? 150 : 40,
                                 .nested = seed % 2 == 0});
    const SequenceFeatures layer(random.columns(), backend(), random.options());
    const Features features = random.draw();
    TrainingRun run(layer, features, seed % 2 == 0 ? 1 : 3);
    const std::vector<float> gradient = random.gradient(run.elements());
    const Batch batch = layer(features, Emit::values_and_ids);
    const std::vector<float> values(batch.values().begin(), batch.values().end());
    for (std::size_t c = 0; c < layer.columns().size(); ++c) {
      const CategoricalColumn* categorical = find_categorical(layer.columns()[c]);
      if (categorical == nullptr || !categorical->weighted()) continue;
      const std::string& name = layer.slices()[c].name;
      SCOPED_TRACE(name);
      const auto expected = plain_weight_gradients(layer, features, batch, c, values, gradient);
      const auto got = of(layer, name, values, run, gradient, expected.size());
      for (std::size_t i = 0; i < expected.size(); ++i) {
        ASSERT_EQ(std::memcmp(&got[i], &expected[i], 4), 0)
            << i << ": " << got[i] << ", expected " << expected[i];
      }
      ++columns;
    }
  }
  EXPECT_GT(columns, 50);
}

/// sum of gradient * values in double, of one step.
double loss(const std::vector<std::int64_t>& ids, const std::vector<double>& weights,
            const std::vector<float>& table, const EmbeddingColumn& column, const float* gradient) {
  const auto dim = static_cast<std::size_t>(column.dimension());
  std::vector<double> vector(dim);
  double total = 0;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const float* row = table.data() + static_cast<std::size_t>(ids[i]) * dim;
    double squares = 0;
    for (std::size_t d = 0; d < dim; ++d) squares += double{row[d]} * double{row[d]};
    const double limit = column.options().max_norm.value_or(1e9);
    const double scale = weights[i] * limit / std::max(std::sqrt(squares), limit);
    for (std::size_t d = 0; d < dim; ++d) vector[d] += double{row[d]} * scale;
    total += column.options().combiner == Combiner::sqrtn ? weights[i] * weights[i] : weights[i];
  }
  const Combiner combiner = column.options().combiner;
  const double divisor = combiner == Combiner::sum    ? 1
                         : combiner == Combiner::mean ? total
                                                      : std::sqrt(total);
  double sum = 0;
  for (std::size_t d = 0; d < dim; ++d) sum += double{gradient[d]} * vector[d] / divisor;
  return sum;
}

TEST_P(WeightGradients, AgreeWithFiniteDifferences) {
  const std::vector<std::vector<std::int64_t>> steps{
      {0}, {1, 2}, {4, 1, 0, 2, 3, 4, 1, 0, 2, 3, 1}};
  for (const Combiner combiner : {Combiner::mean, Combiner::sum, Combiner::sqrtn}) {
    for (const std::optional<double> max_norm : {std::optional<double>(), {0.8}}) {
      SCOPED_TRACE(std::string(to_string(combiner)) + " " + std::to_string(max_norm.value_or(-1)));
      const EmbeddingColumn column =
          embedding_column(sequence_weighted_categorical_column(
                               sequence_categorical_column_with_identity("k", 5), "w"),
                           6, {.combiner = combiner, .max_norm = max_norm});
      RandomTraining random(7, {});
      const std::vector<float> table = random.gradient(30);
      const Uploaded memory(backend(), table);
      SequenceFeatures layer({column}, backend());
      layer.bind("k_weighted_by_w_embedding", {memory.data(), 5, 6});
      Ragged ids(DType::int64);
      Ragged weights(DType::float32);
      std::vector<double> all;
      for (const auto& step : steps) {
        for (const std::int64_t id : step) {
          ids.add_value(id);
          all.push_back(0.25 + 0.125 * static_cast<double>(all.size()));
          weights.add_number(all.back());
        }
        ids.end_step();
        weights.end_step();
      }
      ids.end_row();
      weights.end_row();
      Features features;
      features.set("k", ids.view());
      features.set("w", weights.view());
      TrainingRun run(layer, features);
      const std::vector<float> gradient = random.gradient(run.elements());
      const Batch batch = layer(features);
      const std::vector<float> values(batch.values().begin(), batch.values().end());
      const auto got = of(layer, "k_weighted_by_w_embedding", values, run, gradient, all.size());
      std::size_t first = 0;
      for (std::size_t s = 0; s < steps.size(); ++s) {
        for (std::size_t i = 0; i < steps[s].size(); ++i) {
          const auto at = [&](double moved) {
            std::vector<double> here(
                all.begin() + static_cast<std::ptrdiff_t>(first),
                all.begin() + static_cast<std::ptrdiff_t>(first + steps[s].size()));
            here[i] += moved;
            return loss(steps[s], here, table, column, gradient.data() + s * 6);
          };
          EXPECT_NEAR(double{got[first + i]}, (at(1e-6) - at(-1e-6)) / 2e-6, 5e-6) << first + i;
        }
        first += steps[s].size();
      }
    }
  }
}

/// Numbers as they are stored.
Uploaded stored(const Backend& on, const std::vector<float>& numbers, FloatType type) {
  std::vector<std::byte> bytes(numbers.size() * static_cast<std::size_t>(size_of(type)));
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    const std::uint16_t bits = type == FloatType::float16 ? float16_from_float(numbers[i])
                                                          : bfloat16_from_float(numbers[i]);
    if (type == FloatType::float32) {
      std::memcpy(&bytes[i * 4], &numbers[i], 4);
    } else {
      std::memcpy(&bytes[i * 2], &bits, 2);
    }
  }
  return {on, bytes.data(), std::ssize(bytes)};
}

struct Types {
  FloatType table, answer, gradient;
};

/// The gradients of four weights of one step, of which one is 0, over a table of two rows.
std::vector<float> of_one_step(const Backend& on, const Types& types,
                               const EmbeddingOptions& options, const std::vector<float>& table,
                               const std::vector<float>& values,
                               const std::vector<float>& gradient) {
  const std::string name = "k_weighted_by_w_embedding";
  const std::int64_t dim = std::ssize(values);
  const auto weighted =
      sequence_weighted_categorical_column(sequence_categorical_column_with_identity("k", 2), "w");
  const Uploaded memory = stored(on, table, types.table);
  SequenceFeatures layer({embedding_column(weighted, dim, options)}, on);
  layer.bind(name, {memory.data(), 2, dim, dim, types.table});
  Ragged ids(DType::int64);
  Ragged weights(DType::float32);
  for (const auto& [id, weight] : {std::pair{1, 0.0}, {0, 3.0}, {1, 1.0}, {-1, 2.0}}) {
    ids.add_value(std::int64_t{id});
    weights.add_number(weight);
  }
  for (Ragged* feature : {&ids, &weights}) {
    feature->end_step();
    feature->end_row();
  }
  Features features;
  features.set("k", ids.view());
  features.set("w", weights.view());
  TrainingRun run(layer, features);
  const Uploaded answered = stored(on, values, types.answer);
  const Uploaded uploaded = stored(on, gradient, types.gradient);
  const Buffer out(on.memory(), 16, kHostStream);
  Outputs outputs;
  outputs.values = answered.data();
  outputs.type = types.answer;
  layer.weight_gradients(name, outputs, {uploaded.data(), types.gradient}, run.workspace(),
                         out.as<float>(), kHostStream);
  std::vector<float> got(4);
  const auto bytes = downloaded(on, out.data(), 16);
  std::memcpy(got.data(), bytes.data(), 16);
  return got;
}

TEST_P(WeightGradients, AreThoseOfASmallStep) {
  const Types floats{FloatType::float32, FloatType::float32, FloatType::float32};
  // ((1, 2, -3) - (2, 1.5, -2)) . (1, -2, 0.25) / 4, and of the other row.
  EXPECT_EQ(
      of_one_step(backend(), floats, {}, {1, 2, -3, 0.5F, 4, -1}, {2, 1.5F, -2}, {1, -2, 0.25F}),
      (std::vector<float>{0, -0.5625F, -1.5625F, 0}));
}

// Table, answer and gradient may each be of a type of their own, of rows of every remainder.
TEST_P(WeightGradients, AreTheCpusForEveryType) {
  RandomTraining random(11, {});
  constexpr std::array kTypes{FloatType::float32, FloatType::float16, FloatType::bfloat16};
  for (std::size_t i = 0; i < 162; ++i) {
    const Types types{kTypes[i % 3], kTypes[i / 3 % 3], kTypes[i / 9 % 3]};
    constexpr std::array<std::int64_t, 5> kDims{3, 31, 77, 95, 95};  // lanes, packets and a rest
    const std::int64_t dim = kDims[i % kDims.size()];
    EmbeddingOptions options;
    options.combiner = static_cast<Combiner>(i / 27 % 3);
    if (i / 81 % 2 == 0) options.max_norm = 1.5;
    const std::vector<float> table = random.gradient(2 * dim);
    const std::vector<float> values = random.gradient(dim);
    const std::vector<float> gradient = random.gradient(dim);
    EXPECT_EQ(of_one_step(backend(), types, options, table, values, gradient),
              of_one_step(Backend::cpu(), types, options, table, values, gradient))
        << i;
  }
}

// Nobody has cut what comes from a device: values of steps that are cut off have a place there.
TEST_P(WeightGradients, OfFeaturesOnADeviceHaveZerosWhereStepsAreCutOff) {
  if (!backend().on_device()) GTEST_SKIP() << "features are the host's";
  for (std::uint64_t seed = 0; seed < 24; ++seed) {
    SCOPED_TRACE(seed);
    RandomTraining random(
        seed, {.values = seed % 3 == 0 ? 1 : 4, .nested = seed % 2 == 0, .crosses = false});
    LayerOptions options = random.options();
    options.max_length = 1 + static_cast<std::int64_t>(seed % 5);
    options.truncation = seed % 4 < 2 ? Truncation::keep_first : Truncation::keep_last;
    options.padding = Padding::max_length;
    const SequenceFeatures layer(random.columns(), backend(), options);
    const Features features = random.draw();
    OnDevice memory(backend());
    TrainingRun of_host(layer, features);
    TrainingRun of_device(layer, memory.keep(features, seed % 2 == 0));
    const std::vector<float> gradient = random.gradient(of_host.elements());
    const Batch batch = layer(features, Emit::values_and_ids);
    const std::vector<float> values(batch.values().begin(), batch.values().end());
    for (std::size_t c = 0; c < layer.columns().size(); ++c) {
      const CategoricalColumn* categorical = find_categorical(layer.columns()[c]);
      if (categorical == nullptr || !categorical->weighted()) continue;
      const std::string& name = layer.slices()[c].name;
      const RaggedView& view = *features.find(categorical->key());
      const auto kept = plain_weight_gradients(layer, features, batch, c, values, gradient);
      std::vector<float> expected;
      auto next = kept.begin();
      for (std::int64_t row = 0; row < view.rows(); ++row) {
        const std::int64_t begin = view.row_offsets[row];
        const std::int64_t length = view.row_offsets[row + 1] - begin;
        const std::int64_t count = std::min(length, *options.max_length);
        const std::int64_t cut = options.truncation == Truncation::keep_last ? length - count : 0;
        for (std::int64_t s = 0; s < length; ++s) {
          const bool stays = s >= cut && s < cut + count;
          for (std::int64_t i = values_of_step(view, begin + s).count; i > 0; --i) {
            expected.push_back(stays ? *next++ : 0.0F);
          }
        }
      }
      EXPECT_EQ(of(layer, name, values, of_device, gradient, expected.size()), expected) << name;
    }
  }
}

/// Steps of one number of values say so without offsets.
TEST_P(WeightGradients, OfStepsOfOneSizeAreThoseOfOffsets) {
  const auto weighted =
      sequence_weighted_categorical_column(sequence_categorical_column_with_identity("k", 5), "w");
  const SequenceFeatures layer({embedding_column(weighted, 2)}, backend(),
                               {.max_length = 3, .padding = Padding::max_length});
  RandomTraining random(5, {});
  const std::vector<float> gradient = random.gradient(12);
  const std::vector<float> values = random.gradient(12);
  Ragged ids(DType::int64);
  Ragged weights(DType::float32);
  for (int step = 0; step < 5; ++step) {
    for (int i = 0; i < 2; ++i) {
      ids.add_value(std::int64_t{(step * 3 + i) % 5});
      weights.add_number(0.5 * (step + i));
    }
    for (Ragged* feature : {&ids, &weights}) {
      feature->end_step();
      if (step == 1 || step == 4) feature->end_row();
    }
  }
  std::vector<std::vector<float>> got;
  for (const bool offsets : {true, false}) {
    for (const bool on_device : {false, true}) {
      if (on_device && !backend().on_device()) continue;
      OnDevice memory(backend());
      Features features;
      for (const auto& [key, feature] : {std::pair{"k", &ids}, {"w", &weights}}) {
        RaggedView view = feature->view();
        if (!offsets) {
          view.step_offsets = {};
          view.values_per_step = 2;
        }
        features.set(key, on_device ? memory.keep(view, !offsets) : view);
      }
      TrainingRun run(layer, features);
      got.push_back(of(layer, "k_weighted_by_w_embedding", values, run, gradient, 10));
      EXPECT_EQ(got.back(), got.front());
    }
  }
  EXPECT_NE(got.front(), std::vector<float>(10));
}

/// A batch of one row has the same steps with padding and without.
TEST_P(WeightGradients, OfARaggedBatchAreThoseOfThePaddedOne) {
  const std::string name = "k_weighted_by_w_embedding";
  const auto weighted =
      sequence_weighted_categorical_column(sequence_categorical_column_with_identity("k", 5), "w");
  const SequenceFeatures layer({embedding_column(weighted, 3)}, backend());
  Ragged ids(DType::int64);
  Ragged weights(DType::float32);
  for (int step = 0; step < 4; ++step) {
    for (int i = 0; i <= step; ++i) {
      ids.add_value(std::int64_t{(step + 2 * i) % 6 - 1});
      weights.add_number(0.5 * (i + 1));
    }
    for (Ragged* feature : {&ids, &weights}) feature->end_step();
  }
  for (Ragged* feature : {&ids, &weights}) feature->end_row();
  Features features;
  features.set("k", ids.view());
  features.set("w", weights.view());
  RandomTraining random(8, {});
  const std::vector<float> gradient = random.gradient(12);
  const std::vector<float> values = random.gradient(12);
  TrainingRun padded(layer, features);
  const auto expected = of(layer, name, values, padded, gradient, 10);

  const Plan plan = layer.plan(layer.measure(features), Emit::ragged, {.trains = true});
  Workspace workspace(backend(), plan, kHostStream);
  const Buffer written(backend().memory(), plan.ragged_values * 4, kHostStream);
  const Buffer lengths(backend().memory(), 8, kHostStream);
  const Buffer row_offsets(backend().memory(), plan.row_offsets * 8, kHostStream);
  layer(features,
        {.lengths = lengths.as<std::int64_t>(),
         .ragged_values = written.data(),
         .row_offsets = row_offsets.as<std::int64_t>()},
        workspace, kHostStream);
  const Uploaded answered(backend(), values);
  const Uploaded uploaded(backend(), gradient);
  const Buffer out(backend().memory(), 40, kHostStream);
  layer.weight_gradients(name, {.ragged_values = answered.data()}, {uploaded.data()}, workspace,
                         out.as<float>(), kHostStream);
  std::vector<float> got(10);
  const auto bytes = downloaded(backend(), out.data(), 40);
  std::memcpy(got.data(), bytes.data(), 40);
  EXPECT_EQ(got, expected);
}

TEST_P(WeightGradients, RefuseWhatTheyCannotRead) {
  const auto weighted =
      sequence_weighted_categorical_column(sequence_categorical_column_with_identity("k", 5), "w");
  const SequenceFeatures layer(
      {embedding_column(weighted, 2),
       embedding_column(sequence_categorical_column_with_identity("k", 5), 2)},
      backend());
  Ragged ids(DType::int64);
  Ragged weights(DType::float32);
  ids.add_value(std::int64_t{1});
  weights.add_number(2.0);
  for (Ragged* feature : {&ids, &weights}) feature->end_row();
  Features features;
  features.set("k", ids.view());
  features.set("w", weights.view());
  TrainingRun run(layer, features);
  const std::string name = "k_weighted_by_w_embedding";
  const Uploaded memory(backend(), std::vector<float>(8));
  auto* const out = static_cast<float*>(memory.data());
  const Outputs outputs{.values = memory.data()};
  const auto refused = [&](const std::string& column, const Outputs& answered,
                           const OutputGradient& gradient, float* to) {
    return refusal<InvalidArgument>([&] {
      layer.weight_gradients(column, answered, gradient, run.workspace(), to, kHostStream);
    });
  };
  EXPECT_TRUE(
      holds(refused("k_embedding", outputs, {out}, out), "name", "k_embedding", "weighted"));
  EXPECT_TRUE(holds(refused("nobody", outputs, {out}, out), "nobody"));
  EXPECT_TRUE(holds(refused(name, {}, {out}, out), "outputs: values", "null"));
  EXPECT_TRUE(holds(refused(name, outputs, {}, out), "gradient", "null"));
  EXPECT_TRUE(holds(refused(name, outputs, {out}, nullptr), "out", "null"));
  layer.pack(features, run.workspace(), kHostStream);
  EXPECT_TRUE(holds(refused(name, outputs, {out}, out), "no batch to go back over"));
  EXPECT_EQ(refused(name, outputs, {out}, out).find("gradient"), std::string::npos);
}

SEQFEAT_ON_EVERY_BACKEND(WeightGradients);

}  // namespace
}  // namespace seqfeat::test
