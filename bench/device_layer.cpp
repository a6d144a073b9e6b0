// SPDX-License-Identifier: Apache-2.0
#include "bench/device_layer.hpp"

#include <utility>

namespace seqfeat::bench {
namespace {

SequenceFeatures make_layer(const LayerShape& shape, const Backend& backend, const Floats& floats) {
  std::vector<Column> columns;
  for (std::int64_t k = 0; k < shape.keys; ++k) {
    columns.emplace_back(embedding_column(
        sequence_categorical_column_with_hash_bucket(key_of(k), shape.buckets, shape.dtype),
        shape.dim, {.combiner = shape.combiner}));
  }
  SequenceFeatures layer(std::move(columns), backend);
  for (std::int64_t k = 0; k < shape.keys; ++k) {
    const std::int64_t first = k * shape.buckets * shape.dim;
    layer.bind(key_of(k) + "_embedding",
               backend.name() == "cpu"
                   ? floats.on_host(shape.buckets, shape.dim, first, shape.type)
                   : floats.on_device(shape.buckets, shape.dim, first, shape.type));
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

/// The values of a batch as halves, computed on the CPU.
std::vector<std::uint16_t> halves_of(const SequenceFeatures& cpu, const Features& features,
                                     FloatType type) {
  const Plan plan = cpu.plan(cpu.measure(features));
  Workspace workspace(cpu.backend(), plan, kHostStream);
  std::vector<std::uint16_t> values(static_cast<std::size_t>(plan.values));
  std::vector<std::int64_t> lengths(static_cast<std::size_t>(plan.capacity.rows));
  static_cast<void>(cpu(features, {values.data(), lengths.data(), nullptr, nullptr, type},
                        workspace, kHostStream));
  return values;
}

}  // namespace

std::unique_ptr<LayerRoom> make_room(const Context& context, const SequenceFeatures& layer,
                                     const Plan& plan, FloatType type) {
  auto room = std::make_unique<LayerRoom>(LayerRoom{
      Workspace(layer.backend(), plan, context.device.stream()),
      context.allocate(plan.values * size_of(type)),
      context.allocate(plan.capacity.rows * static_cast<std::int64_t>(sizeof(std::int64_t))),
      context.allocate(plan.mask),
      {}});
  room->outputs = {room->values.data(), room->lengths.as<std::int64_t>(),
                   room->mask.as<std::uint8_t>(), nullptr, type};
  return room;
}

std::vector<Written> outputs_of(const LayerRoom& room) {
  std::vector<Written> outputs;
  for (const Buffer* buffer : {&room.values, &room.lengths, &room.mask}) {
    outputs.push_back({buffer->data(), buffer->size_bytes()});
  }
  return outputs;
}

std::string difference(const Context& context, const Outputs& got, const DeviceLayer& expected) {
  const Batch& batch = *expected.expected;
  std::string text =
      got.type == FloatType::float32
          ? context.difference("values", static_cast<const float*>(got.values), batch.values())
          : context.difference("values", static_cast<const std::uint16_t*>(got.values),
                               std::span<const std::uint16_t>(expected.expected_halves));
  if (text.empty()) {
    text = context.difference<std::int64_t>("lengths", got.lengths, batch.lengths());
  }
  if (text.empty()) text = context.difference<std::uint8_t>("mask", got.mask, batch.mask());
  return text;
}

std::shared_ptr<DeviceLayer> prepare_layer(Context& context, const LayerShape& shape, Job& job) {
  auto made = std::make_shared<DeviceLayer>();
  make_input(shape, made->input);
  const Features& features = made->input.features;
  context.floats.reserve(shape.keys * shape.buckets * shape.dim, shape.type);
  const SequenceFeatures cpu = make_layer(shape, context.cpu, context.floats);
  made->expected = cpu(features, shape.type == FloatType::float32 ? Emit::values : Emit::mask);
  if (shape.type != FloatType::float32) {
    made->expected_halves = halves_of(cpu, features, shape.type);
  }
  made->layer = make_layer(shape, context.backend, context.floats);
  const Plan plan = made->layer->plan(made->layer->measure(features));
  made->room = make_room(context, *made->layer, plan, shape.type);
  made->layer->pack(features, made->room->workspace, context.device.stream());

  job.tokens = shape.keys * made->steps() * shape.values_per_step;
  job.ours.outputs = outputs_of(*made->room);
  std::int64_t rest = plan.arena_bytes;
  for (const Written& output : job.ours.outputs) rest += output.bytes;
  const std::int64_t row_bytes = shape.dim * size_of(shape.type);
  job.bytes = rest + job.tokens * row_bytes;
  job.ideal_bytes = rest + distinct_rows(cpu, features, shape.buckets) * row_bytes;
  job.ours.difference = [&context, made] {
    return difference(context, made->room->outputs, *made);
  };
  job.ours.launch = [&context, made](std::int64_t) {
    made->layer->compute(made->room->outputs, made->room->workspace, context.device.stream());
  };
  return made;
}

Job layer_job(Context& context, const LayerShape& shape, std::string note) {
  Job job;
  static_cast<void>(prepare_layer(context, shape, job));
  job.note = std::move(note);
  return job;
}

}  // namespace seqfeat::bench
