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
    layer.bind(key_of(k) + "_embedding", backend.name() == "cpu"
                                             ? floats.on_host(shape.buckets, shape.dim, first)
                                             : floats.on_device(shape.buckets, shape.dim, first));
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

}  // namespace

std::unique_ptr<LayerRoom> make_room(const Context& context, const SequenceFeatures& layer,
                                     const Plan& plan) {
  auto room = std::make_unique<LayerRoom>(LayerRoom{
      Workspace(layer.backend(), plan, context.device.stream()),
      context.allocate(plan.values * static_cast<std::int64_t>(sizeof(float))),
      context.allocate(plan.capacity.rows * static_cast<std::int64_t>(sizeof(std::int64_t))),
      context.allocate(plan.mask),
      {}});
  room->outputs = {room->values.as<float>(), room->lengths.as<std::int64_t>(),
                   room->mask.as<std::uint8_t>(), nullptr};
  return room;
}

std::vector<Written> outputs_of(const LayerRoom& room) {
  std::vector<Written> outputs;
  for (const Buffer* buffer : {&room.values, &room.lengths, &room.mask}) {
    outputs.push_back({buffer->data(), buffer->size_bytes()});
  }
  return outputs;
}

std::string difference(const Context& context, const Outputs& got, const Batch& expected) {
  std::string text =
      context.difference("values", static_cast<const float*>(got.values), expected.values());
  if (text.empty()) {
    text = context.difference<std::int64_t>("lengths", got.lengths, expected.lengths());
  }
  if (text.empty()) text = context.difference<std::uint8_t>("mask", got.mask, expected.mask());
  return text;
}

std::shared_ptr<DeviceLayer> prepare_layer(Context& context, const LayerShape& shape, Job& job) {
  auto made = std::make_shared<DeviceLayer>();
  make_input(shape, made->input);
  const Features& features = made->input.features;
  context.floats.reserve(shape.keys * shape.buckets * shape.dim);
  const SequenceFeatures cpu = make_layer(shape, context.cpu, context.floats);
  made->expected = cpu(features);
  made->layer = make_layer(shape, context.backend, context.floats);
  const Plan plan = made->layer->plan(made->layer->measure(features));
  made->room = make_room(context, *made->layer, plan);
  made->layer->pack(features, made->room->workspace, context.device.stream());

  job.tokens = shape.keys * made->steps() * shape.values_per_step;
  job.ours.outputs = outputs_of(*made->room);
  std::int64_t rest = plan.arena_bytes;
  for (const Written& output : job.ours.outputs) rest += output.bytes;
  const std::int64_t row_bytes = shape.dim * shape.sizes.table;
  job.bytes = rest + job.tokens * row_bytes;
  job.ideal_bytes = rest + distinct_rows(cpu, features, shape.buckets) * row_bytes;
  job.ours.difference = [&context, made] {
    return difference(context, made->room->outputs, *made->expected);
  };
  job.ours.launch = [&context, made](std::int64_t) {
    made->layer->compute(made->room->outputs, made->room->workspace, context.device.stream());
  };
  return made;
}

}  // namespace seqfeat::bench
