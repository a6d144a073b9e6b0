// SPDX-License-Identifier: Apache-2.0
#include <memory>
#include <optional>
#include <utility>

#include "bench/inputs.hpp"
#include "bench/workload.hpp"
#include "seqfeat/hash.hpp"
#include "seqfeat/layer.hpp"
#include "seqfeat/lookup.hpp"

// W5, W10 and the whole road: tokens -> padded values, lengths and mask, through the layer.

namespace seqfeat::bench {
namespace {

/// A batch of `keys` features with the same row lengths, a table each.
struct LayerShape {
  std::int64_t keys = 1;
  std::int64_t rows = 0;
  int shortest = 1;  ///< Of a row, in steps.
  int longest = 1;
  DType dtype = DType::string;  ///< Strings have 8 bytes.
  std::int64_t dim = 0;
  std::int64_t buckets = 0;
};

struct LayerState {
  std::vector<std::int64_t> row_offsets = {0};
  std::vector<Strings> strings;
  std::vector<std::vector<std::int64_t>> integers;
  std::optional<SequenceFeatures> layer;
  std::optional<Workspace> workspace;
  std::optional<Batch> expected;
  Features features;
  Buffer values, lengths, mask;
  Outputs outputs;
  std::function<void()> replay;
  // For the launches one by one.
  Buffer token_bytes, token_offsets, ids, rows_out;
  std::vector<float> expected_rows;
};

std::string key_of(std::int64_t column) {
  return "c" + std::to_string(100 + column);
}

std::int64_t tokens_in(const LayerState& state) {
  return state.row_offsets.back();
}

void make_features(LayerState& state, const LayerShape& shape) {
  const auto choices = static_cast<std::uint64_t>(shape.longest - shape.shortest + 1);
  for (std::int64_t b = 0; b < shape.rows; ++b) {
    const std::uint64_t bits = random_bits(5, static_cast<std::uint64_t>(b));
    state.row_offsets.push_back(tokens_in(state) + shape.shortest +
                                static_cast<std::int64_t>(bits % choices));
  }
  const std::int64_t count = tokens_in(state);
  state.strings.reserve(static_cast<std::size_t>(shape.keys));
  for (std::int64_t k = 0; k < shape.keys; ++k) {
    RaggedView view;
    view.row_offsets = offsets_of(state.row_offsets);
    view.value_count = count;
    view.dtype = shape.dtype;
    const auto seed = static_cast<std::uint64_t>(50 + k);
    if (shape.dtype == DType::string) {
      const Strings& s = state.strings.emplace_back(random_strings(count, 8, 8, seed));
      view.data = s.bytes.data();
      view.bytes = static_cast<std::int64_t>(s.bytes.size());
      view.byte_offsets = offsets_of(s.offsets);
    } else {
      view.data = state.integers.emplace_back(log_uniform(count, seed)).data();
    }
    state.features.set(key_of(k), view);
  }
}

SequenceFeatures make_layer(const LayerShape& shape, const Backend& backend, const Floats& floats,
                            bool on_device) {
  std::vector<Column> columns;
  for (std::int64_t k = 0; k < shape.keys; ++k) {
    columns.emplace_back(embedding_column(
        sequence_categorical_column_with_hash_bucket(key_of(k), shape.buckets, shape.dtype),
        shape.dim));
  }
  SequenceFeatures layer(std::move(columns), backend);
  for (std::int64_t k = 0; k < shape.keys; ++k) {
    const std::int64_t first = k * shape.buckets * shape.dim;
    layer.bind(key_of(k) + "_embedding", on_device
                                             ? floats.on_device(shape.buckets, shape.dim, first)
                                             : floats.on_host(shape.buckets, shape.dim, first));
  }
  return layer;
}

/// How many rows of the tables a batch touches.
std::int64_t distinct_rows(const SequenceFeatures& layer, const Features& features,
                           std::int64_t buckets) {
  const Batch batch = layer(features, Emit::ids);
  std::int64_t rows = 0;
  for (const ColumnIds& column : batch.ids()) rows += distinct(column.ids, buckets);
  return rows;
}

std::shared_ptr<LayerState> prepare(Context& context, const LayerShape& shape, Job& job) {
  auto state = std::make_shared<LayerState>();
  make_features(*state, shape);
  context.floats.reserve(shape.keys * shape.buckets * shape.dim);
  const SequenceFeatures cpu = make_layer(shape, context.cpu, context.floats, false);
  state->expected = cpu(state->features);
  state->layer = make_layer(shape, context.backend, context.floats, true);
  const Plan plan = state->layer->plan(state->layer->measure(state->features));
  state->workspace.emplace(context.backend, plan, context.device.stream());
  state->values = context.allocate(plan.values * static_cast<std::int64_t>(sizeof(float)));
  state->lengths = context.allocate(shape.rows * static_cast<std::int64_t>(sizeof(std::int64_t)));
  state->mask = context.allocate(plan.mask);
  state->outputs = {state->values.as<float>(), state->lengths.as<std::int64_t>(),
                    state->mask.as<std::uint8_t>(), nullptr};
  state->layer->pack(state->features, *state->workspace, context.device.stream());

  const std::int64_t row_bytes = shape.dim * static_cast<std::int64_t>(sizeof(float));
  job.tokens = shape.keys * tokens_in(*state);
  const std::int64_t rest = plan.arena_bytes + state->values.size_bytes() +
                            state->lengths.size_bytes() + state->mask.size_bytes();
  job.bytes = rest + job.tokens * row_bytes;
  job.ideal_bytes = rest + distinct_rows(cpu, state->features, shape.buckets) * row_bytes;
  job.ours.outputs = {{state->values.data(), state->values.size_bytes()},
                      {state->lengths.data(), state->lengths.size_bytes()},
                      {state->mask.data(), state->mask.size_bytes()}};
  job.ours.difference = [&context, state] {
    std::string text = context.difference<float>("values", state->values.as<const float>(),
                                                 state->expected->values());
    if (text.empty()) {
      text = context.difference<std::int64_t>("lengths", state->outputs.lengths,
                                              state->expected->lengths());
    }
    return text.empty() ? context.difference<std::uint8_t>("mask", state->outputs.mask,
                                                           state->expected->mask())
                        : text;
  };
  job.ours.launch = [&context, state](std::int64_t) {
    state->layer->compute(state->outputs, *state->workspace, context.device.stream());
  };
  return state;
}

/// The same tokens through the free functions, without padding or mask: less work than the road.
void compare_with_launches(Context& context, const LayerShape& shape,
                           const std::shared_ptr<LayerState>& state, Job& job) {
  const Strings& s = state->strings.front();
  const std::int64_t count = s.count();
  const auto size = static_cast<std::int64_t>(s.bytes.size());
  state->token_bytes = context.upload(std::span<const char>(s.bytes));
  state->token_offsets = context.upload(std::span<const std::int32_t>(s.offsets));
  state->ids = context.allocate(8 * count);
  state->rows_out = context.allocate(4 * count * shape.dim);
  state->expected_rows.resize(static_cast<std::size_t>(count * shape.dim));
  std::vector<std::int64_t> ids(static_cast<std::size_t>(count));
  hash(context.cpu, {DType::string, s.bytes.data(), offsets_of(s.offsets), count, size},
       shape.buckets, ids.data(), kHostStream);
  lookup(context.cpu, context.floats.on_host(shape.buckets, shape.dim), ids.data(), count, {}, {},
         state->expected_rows.data(), 0, kHostStream);

  job.baseline_name = "hash, lookup (no padding, no mask)";
  job.baseline.outputs = {{state->ids.data(), state->ids.size_bytes()},
                          {state->rows_out.data(), state->rows_out.size_bytes()}};
  job.baseline.launch = [&context, state, shape, count, size](std::int64_t) {
    const Stream stream = context.device.stream();
    const Offsets offsets{state->token_offsets.data(), count + 1, false};
    hash(context.backend, {DType::string, state->token_bytes.data(), offsets, count, size},
         shape.buckets, state->ids.as<std::int64_t>(), stream);
    lookup(context.backend, context.floats.on_device(shape.buckets, shape.dim),
           state->ids.as<std::int64_t>(), count, {}, {}, state->rows_out.as<float>(), 0, stream);
  };
  job.baseline.difference = [&context, state] {
    return context.difference<float>("rows", state->rows_out.as<const float>(),
                                     state->expected_rows);
  };
}

Workload road(std::int64_t dim) {
  return {"W-road/d" + std::to_string(dim),
          "2,048 rows of 19 to 25 strings of 8 bytes, a table of 1 M x " + std::to_string(dim),
          [dim](Context& context) {
            const LayerShape shape{1,   context.scaled(2048, 8),        19, 25, DType::string,
                                   dim, context.scaled(1'000'000, 1000)};
            Job job;
            compare_with_launches(context, shape, prepare(context, shape, job), job);
            return job;
          }};
}

Job padded(Context& context) {
  Job job;
  static_cast<void>(prepare(
      context,
      {1, context.scaled(2048, 8), 19, 25, DType::int64, 512, context.scaled(400'000, 1000)}, job));
  job.note = "fp32 where the plan has bf16; int64 tokens are hashed on the way";
  return job;
}

Job replayed(Context& context, bool with_packing) {
  Job job;
  const LayerShape shape{26, context.scaled(1000, 8),      1, 1, DType::string,
                         16, context.scaled(100'000, 1000)};
  const auto state = prepare(context, shape, job);
  const Launch compute = job.ours.launch;
  state->replay = context.device.capture([&] { compute(0); });
  job.ours.launch = [&context, state, with_packing](std::int64_t) {
    if (with_packing) {
      state->layer->pack(state->features, *state->workspace, context.device.stream());
    }
    state->replay();
  };
  job.note = with_packing ? "host packing, copy and kernels" : "kernels by graph replay";
  return job;
}

}  // namespace

std::vector<Workload> layer_workloads() {
  return {{"W5/b2048/d512/fp32", "2,048 rows of 19 to 25 steps, D512, padded with mask", padded},
          {"W10/graph", "26 columns of 8-byte strings, 1,000 rows, D16, graph replay",
           [](Context& context) { return replayed(context, false); }},
          {"W10/pack+graph", "the same with packing and the copy before each replay",
           [](Context& context) { return replayed(context, true); }},
          road(10),
          road(128)};
}

}  // namespace seqfeat::bench
