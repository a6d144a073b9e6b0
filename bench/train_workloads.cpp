// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstdint>
#include <memory>
#include <numeric>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "backend/concat.hpp"
#include "backend/launch_count.hpp"
#include "bench/lookup_shapes.hpp"
#include "bench/workload.hpp"
#include "seqfeat/lookup.hpp"
#include "seqfeat/training.hpp"

// W1-train, W2-train: backward pass and update over the batches of W1 and W2, captured in a graph;
// with /step the forward pass stands before them. W-hot, W-run: one id that fills half of a batch,
// or all of it, held against as many ids that are spread out.

namespace seqfeat::bench {
namespace {

constexpr std::int64_t kFloat = sizeof(float);

/// A batch for one table, and what trains it.
struct TrainInput {
  std::int64_t rows = 0;  ///< Of the table.
  std::int64_t dim = 0;
  std::vector<std::int64_t> ids = {};
  std::int64_t values = 1;  ///< Of each step; a row has one step.
  Optimizer optimizer = sgd();
  bool with_forward = false;

  [[nodiscard]] std::int64_t tokens() const noexcept { return std::ssize(ids); }
  [[nodiscard]] std::int64_t steps() const noexcept { return tokens() / values; }
};

std::vector<std::int64_t> counted(std::int64_t count, std::int64_t stride) {
  std::vector<std::int64_t> numbers(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    numbers[i] = static_cast<std::int64_t>(i) * stride;
  }
  return numbers;
}

/// A layer of one column that learns on one backend.
class Learner {
 public:
  /// `table` is in the backend's memory.
  Learner(const Backend& backend, const TrainInput& input, std::vector<std::int64_t> ids,
          const TableView& table, Stream stream)
      : ids_(std::move(ids)),
        row_offsets_(counted(input.steps() + 1, 1)),
        step_offsets_(counted(input.steps() + 1, input.values)),
        layer_({embedding_column(sequence_categorical_column_with_identity("k", table.rows),
                                 table.dim, {.combiner = Combiner::sum})},
               backend),
        state_((layer_.bind("k_embedding", table), layer_), input.optimizer) {
    RaggedView view;
    view.row_offsets = offsets_of(row_offsets_);
    if (input.values > 1) view.step_offsets = offsets_of(step_offsets_);
    view.data = ids_.data();
    view.value_count = std::ssize(ids_);
    view.dtype = DType::int64;
    Features features;
    features.set("k", view);
    const Plan plan = layer_.plan(layer_.measure(features), Emit::values_only, {.trains = true});
    workspace_.emplace(backend, plan, stream);
    values_ = Buffer(backend.memory(), plan.values * kFloat, stream);
    lengths_ = Buffer(backend.memory(), plan.capacity.rows * std::int64_t{8}, stream);
    state_.complete();
    layer_.pack(features, *workspace_, stream);
    forward(stream);
    backend.synchronize(stream);
  }

  void forward(Stream stream) {
    layer_.compute({.values = values_.data(), .lengths = lengths_.as<std::int64_t>()}, *workspace_,
                   stream);
  }
  void update(const void* gradient, Stream stream) {
    layer_.update({gradient}, *workspace_, state_, stream);
  }
  [[nodiscard]] OptimizerState& state() noexcept { return state_; }

 private:
  std::vector<std::int64_t> ids_, row_offsets_, step_offsets_;
  SequenceFeatures layer_;
  OptimizerState state_;
  std::optional<Workspace> workspace_;
  Buffer values_, lengths_;
};

/// What the CPU makes of the rows that the batch has, out of a table of these rows alone.
struct ExpectedRows {
  std::vector<std::int64_t> touched;  ///< Distinct ids, ascending.
  std::vector<float> table;           ///< [touched, dim]
  std::vector<std::vector<float>> state;
};

ExpectedRows expected_rows(Context& context, const TrainInput& input) {
  ExpectedRows expected;
  // Of each row of the table: its number among those of the batch. Millions of ids are looked up.
  constexpr std::int64_t kTouched = -1;
  std::vector<std::int64_t> numbers(static_cast<std::size_t>(input.rows));
  for (const std::int64_t id : input.ids) numbers[static_cast<std::size_t>(id)] = kTouched;
  for (std::int64_t row = 0; row < input.rows; ++row) {
    std::int64_t& number = numbers[static_cast<std::size_t>(row)];
    if (number != kTouched) continue;
    number = std::ssize(expected.touched);
    expected.touched.push_back(row);
  }
  const std::int64_t rows = std::ssize(expected.touched);
  const auto* all = static_cast<const float*>(context.floats.on_host(input.rows, input.dim).data);
  expected.table.reserve(static_cast<std::size_t>(rows * input.dim));
  for (const std::int64_t row : expected.touched) {
    expected.table.insert(expected.table.end(), all + row * input.dim, all + (row + 1) * input.dim);
  }
  std::vector<std::int64_t> ids;
  ids.reserve(input.ids.size());
  for (const std::int64_t id : input.ids) ids.push_back(numbers[static_cast<std::size_t>(id)]);
  Learner learner(context.cpu, input, std::move(ids),
                  {expected.table.data(), rows, input.dim, input.dim}, kHostStream);
  learner.update(context.floats.on_host(input.steps(), input.dim).data, kHostStream);
  for (const StateTensor& tensor : learner.state().tensors()) {
    expected.state.emplace_back(tensor.data, tensor.data + rows * tensor.dim);
  }
  return expected;
}

/// Training on the device.
struct Training {
  TrainInput input;
  ExpectedRows expected;
  Buffer table, touched, rows;
  std::unique_ptr<Learner> learner;
  std::function<void()> replay;
  std::int64_t kernels = 0;  ///< Of a replay.

  [[nodiscard]] TableView view() const { return {table.data(), input.rows, input.dim, input.dim}; }

  void reset(const Context& context) const {
    const Stream stream = context.device.stream();
    context.backend.copy(table.data(), context.floats.on_device(input.rows, input.dim).data,
                         input.rows * input.dim * kFloat, stream);
    for (const StateTensor& tensor : learner->state().tensors()) {
      context.device.fill(tensor.data, 0, tensor.bytes());
    }
    learner->state().set_step(0);
  }
  void step(const Context& context) const {
    learner->state().advance(context.device.stream());
    replay();
  }
  /// Compares the rows that the batch has of something on the device with the CPU's.
  [[nodiscard]] std::string difference(const Context& context, const char* what,
                                       const TableView& got,
                                       std::span<const float> expected_floats) const {
    const LookupRule rule{Combiner::sum, std::nullopt, nullptr, FloatType::float32};
    lookup(context.backend, got, touched.as<const std::int64_t>(), std::ssize(expected.touched),
           Offsets{}, rule, rows.data(), 0, context.device.stream());
    return context.difference(what, rows.as<const float>(), expected_floats);
  }
};

std::shared_ptr<Training> prepare(Context& context, TrainInput input) {
  auto training = std::make_shared<Training>();
  const Stream stream = context.device.stream();
  context.floats.reserve(std::max(input.rows, input.steps()) * input.dim);
  training->expected = expected_rows(context, input);
  training->table = context.allocate(input.rows * input.dim * kFloat);
  training->touched = context.upload(std::span<const std::int64_t>(training->expected.touched));
  training->rows = context.allocate(std::ssize(training->expected.table) * kFloat);
  training->input = std::move(input);
  Learner& learner =
      *(training->learner = std::make_unique<Learner>(
            context.backend, training->input, training->input.ids, training->view(), stream));
  training->reset(context);
  const void* gradient =
      context.floats.on_device(training->input.steps(), training->input.dim).data;
  const std::int64_t before = detail::launch_count();
  training->replay = context.device.capture([&] {
    if (training->input.with_forward) learner.forward(stream);
    learner.update(gradient, stream);
  });
  training->kernels = detail::launch_count() - before;
  return training;
}

/// Steps go on from where the one before ended; the gate begins anew and compares the first one.
Candidate candidate_of(Context& context, const std::shared_ptr<Training>& training) {
  Candidate candidate;
  candidate.launch = [&context, training](std::int64_t) { training->step(context); };
  candidate.difference = [&context, training] {
    training->reset(context);
    training->step(context);
    const ExpectedRows& expected = training->expected;
    std::string text = training->difference(context, "table", training->view(), expected.table);
    const auto& tensors = training->learner->state().tensors();
    for (std::size_t i = 0; i < tensors.size() && text.empty(); ++i) {
      const StateTensor& tensor = tensors[i];
      text = training->difference(context, tensor.slot.c_str(),
                                  {tensor.data, tensor.rows, tensor.dim, tensor.dim},
                                  expected.state[i]);
    }
    return text;
  };
  return candidate;
}

Job train_job(Context& context, TrainInput input) {
  Job job;
  const auto training = prepare(context, std::move(input));
  const TrainInput& of = training->input;
  const std::int64_t row = of.dim * kFloat;
  const std::int64_t state = slots_per_element(of.optimizer.kind());
  job.tokens = of.tokens();
  const std::int64_t updated = std::ssize(training->expected.touched) * row * (2 + 2 * state);
  job.bytes = of.tokens() * row + updated;  // gradients read, rows and state read and written
  job.ideal_bytes = of.steps() * row + updated;
  job.ours = candidate_of(context, training);
  job.kernels = training->kernels;
  job.note = of.with_forward ? "forward pass, sort and update by graph replay"
                             : "sort and update by graph replay; bytes without the sort's";
  return job;
}

/// The batch of a lookup.
TrainInput input_of(const Context& context, const std::string& name, const Optimizer& optimizer,
                    bool with_forward) {
  for (const LookupDefinition& definition : lookup_definitions()) {
    if (definition.name != name) continue;
    const LookupShape shape = scaled(definition.shape, context.scale);
    return {shape.tables * shape.rows,
            shape.dim,
            ids_of(shape, 0),
            shape.values,
            optimizer,
            with_forward};
  }
  throw InvalidArgument("no lookup " + name);
}

void append(std::vector<Workload>& workloads, const std::string& name, const std::string& lookup,
            std::int64_t table_bytes) {
  const std::vector<std::pair<std::string, Optimizer>> optimizers{
      {"sgd", sgd()}, {"rowwise", rowwise_adagrad()}, {"adam", adam()}};
  for (const auto& named : optimizers) {
    for (const bool with_forward : {false, true}) {
      Workload workload{detail::concat(name, "/", named.first, with_forward ? "/step" : ""),
                        detail::concat("backward pass and update over the batch of ", lookup,
                                       with_forward ? ", behind its forward pass" : ""),
                        [lookup, optimizer = named.second, with_forward](Context& context) {
                          return train_job(context,
                                           input_of(context, lookup, optimizer, with_forward));
                        }};
      workload.group = name;
      workload.table_bytes = table_bytes;
      workloads.push_back(std::move(workload));
    }
  }
}

constexpr std::int64_t kHotRows = 1'000'000;
constexpr std::int64_t kHotDim = 128;
constexpr std::uint64_t kSeed = 400;

/// `count` ids, of which one fills every `share`-th place; 0: none does.
TrainInput hot_input(const Context& context, std::int64_t count, std::int64_t share) {
  TrainInput input{context.scaled(kHotRows, 100), kHotDim};
  input.ids = power_law(context.scaled(count, 1200), input.rows, {}, kSeed);
  for (std::size_t i = 0; share > 0 && i < input.ids.size(); i += static_cast<std::size_t>(share)) {
    input.ids[i] = input.rows / 2;
  }
  return input;
}

Workload hot(std::string name, std::string about, std::int64_t count, std::int64_t share) {
  Workload workload{
      std::move(name), std::move(about), [count, share](Context& context) {
        Job job = train_job(context, hot_input(context, count, share));
        job.baselines = {{"the same count spread out",
                          candidate_of(context, prepare(context, hot_input(context, count, 0)))}};
        return job;
      }};
  workload.group = workload.name;
  workload.table_bytes = std::max(count, kHotRows) * kHotDim * kFloat;
  return workload;
}

}  // namespace

std::vector<Workload> train_workloads() {
  std::vector<Workload> workloads;
  append(workloads, "W1-train", "W1/uniform", 10'000'000 * std::int64_t{128} * kFloat);
  append(workloads, "W2-train", "W2/adjacent", 16'777'210 * std::int64_t{128} * kFloat);
  workloads.push_back(
      hot("W-hot", "2,000,000 ids into 1 M x 128, half of them one id", 2'000'000, 2));
  workloads.push_back(
      hot("W-run", "1,000,000 ids into 1 M x 128, all of them one id", 1'000'000, 1));
  return workloads;
}

}  // namespace seqfeat::bench
