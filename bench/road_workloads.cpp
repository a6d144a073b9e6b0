// SPDX-License-Identifier: Apache-2.0
#include <memory>
#include <span>
#include <string>
#include <utility>

#include "bench/device_layer.hpp"
#include "bench/padding.hpp"
#include "bench/workload.hpp"
#include "seqfeat/hash.hpp"
#include "seqfeat/lookup.hpp"

// W-road: strings to padded values, lengths and mask; beside it the same in four launches, and two
// of these alone.

namespace seqfeat::bench {
namespace {

using Id = std::int64_t;

LayerShape shape_of(std::int64_t dim) {
  LayerShape shape;
  shape.rows = 2048;
  shape.shortest = 19;
  shape.longest = 25;
  shape.dim = dim;
  shape.buckets = 1'000'000;
  return shape;
}

LayerShape scaled(LayerShape shape, const Context& context) {
  shape.rows = context.scaled(shape.rows, 8);
  shape.buckets = context.scaled(shape.buckets, 1000);
  return shape;
}

/// The tokens on the device, and a place for everything between two launches.
struct Stages {
  std::shared_ptr<DeviceLayer> whole;
  LayerShape shape;
  Buffer bytes, byte_offsets, row_offsets, ids, ragged, values, lengths, mask;
  ValuesView tokens;
  std::vector<Id> expected_ids;
  std::vector<float> expected_ragged;

  void hash_tokens(const Context& context) const {
    hash(context.backend, tokens, shape.buckets, ids.as<Id>(), context.device.stream());
  }
  void look_up(const Context& context) const {
    lookup(context.backend, context.floats.on_device(shape.buckets, shape.dim), ids.as<Id>(),
           tokens.count, {}, {}, ragged.as<float>(), 0, context.device.stream());
  }
  void pad(const Context& context) const {
    const std::int64_t width = whole->expected->width();
    const auto* offsets = row_offsets.as<const std::int64_t>();
    const Stream stream = context.device.stream();
    pad_rows(ragged.as<const float>(), offsets, shape.rows, width, shape.dim, values.as<float>(),
             stream);
    mask_rows(offsets, shape.rows, width, lengths.as<std::int64_t>(), mask.as<std::uint8_t>(),
              stream);
  }
};

/// What hash and lookup should find.
void expect(const Context& context, Stages& stages) {
  const Strings& s = stages.whole->input.strings.front();
  const ValuesView host{DType::string, s.bytes.data(), offsets_of(s.offsets), s.count(),
                        static_cast<std::int64_t>(s.bytes.size())};
  stages.expected_ids.resize(static_cast<std::size_t>(s.count()));
  hash(context.cpu, host, stages.shape.buckets, stages.expected_ids.data(), kHostStream);
  stages.expected_ragged.resize(static_cast<std::size_t>(s.count() * stages.shape.dim));
  lookup(context.cpu, context.floats.on_host(stages.shape.buckets, stages.shape.dim),
         stages.expected_ids.data(), s.count(), {}, {}, stages.expected_ragged.data(), 0,
         kHostStream);
}

std::shared_ptr<Stages> prepare_stages(Context& context, std::int64_t dim, Job& job) {
  auto stages = std::make_shared<Stages>();
  stages->shape = scaled(shape_of(dim), context);
  stages->whole = prepare_layer(context, stages->shape, job);
  const Strings& s = stages->whole->input.strings.front();
  stages->bytes = context.upload(std::span<const char>(s.bytes));
  stages->byte_offsets = context.upload(std::span<const std::int32_t>(s.offsets));
  stages->row_offsets =
      context.upload(std::span<const std::int64_t>(stages->whole->input.row_offsets));
  stages->ids = context.allocate(s.count() * static_cast<std::int64_t>(sizeof(Id)));
  stages->ragged = context.allocate(s.count() * dim * stages->shape.sizes.output);
  stages->values = context.allocate(stages->whole->room->values.size_bytes());
  stages->lengths = context.allocate(stages->whole->room->lengths.size_bytes());
  stages->mask = context.allocate(stages->whole->room->mask.size_bytes());
  stages->tokens = {DType::string,
                    stages->bytes.data(),
                    {stages->byte_offsets.data(), s.count() + 1, false},
                    s.count(),
                    stages->bytes.size_bytes()};
  expect(context, *stages);
  return stages;
}

Candidate four_launches(Context& context, const std::shared_ptr<Stages>& stages) {
  Candidate candidate;
  for (const Buffer* buffer :
       {&stages->ids, &stages->ragged, &stages->values, &stages->lengths, &stages->mask}) {
    candidate.outputs.push_back({buffer->data(), buffer->size_bytes()});
  }
  candidate.launch = [&context, stages](std::int64_t) {
    stages->hash_tokens(context);
    stages->look_up(context);
    stages->pad(context);
  };
  candidate.difference = [&context, stages] {
    return difference(context,
                      {stages->values.as<float>(), stages->lengths.as<std::int64_t>(),
                       stages->mask.as<std::uint8_t>(), nullptr},
                      *stages->whole->expected);
  };
  return candidate;
}

Job whole_road(Context& context, std::int64_t dim) {
  Job job;
  const auto stages = prepare_stages(context, dim, job);
  job.baselines = {{"four launches: hash, lookup, pad, mask", four_launches(context, stages)}};
  return job;
}

Job hash_alone(Context& context, std::int64_t dim) {
  Job job;
  const auto stages = prepare_stages(context, dim, job);
  job.bytes = job.ideal_bytes =
      stages->bytes.size_bytes() + stages->byte_offsets.size_bytes() + stages->ids.size_bytes();
  job.ours.outputs = {{stages->ids.data(), stages->ids.size_bytes()}};
  job.ours.launch = [&context, stages](std::int64_t) { stages->hash_tokens(context); };
  job.ours.difference = [&context, stages] {
    return context.difference("ids", stages->ids.as<const Id>(),
                              std::span<const Id>(stages->expected_ids));
  };
  return job;
}

Job lookup_alone(Context& context, std::int64_t dim) {
  Job job;
  const auto stages = prepare_stages(context, dim, job);
  const std::int64_t row_bytes = dim * stages->shape.sizes.table;
  const std::int64_t rest = stages->ids.size_bytes() + stages->ragged.size_bytes();
  job.bytes = rest + job.tokens * row_bytes;
  job.ideal_bytes = rest + distinct(stages->expected_ids, stages->shape.buckets) * row_bytes;
  stages->hash_tokens(context);
  job.ours.outputs = {{stages->ragged.data(), stages->ragged.size_bytes()}};
  job.ours.launch = [&context, stages](std::int64_t) { stages->look_up(context); };
  job.ours.difference = [&context, stages] {
    return context.difference("rows", stages->ragged.as<const float>(),
                              std::span<const float>(stages->expected_ragged));
  };
  return job;
}

void append_road(std::vector<Workload>& workloads, std::int64_t dim) {
  const std::string name = "W-road/d" + std::to_string(dim);
  workloads.push_back({name,
                       "2,048 rows of 19 to 25 strings of 8 bytes, a table of 1 M x " +
                           std::to_string(dim) + ", beside four launches",
                       [dim](Context& context) { return whole_road(context, dim); }, "",
                       to_json(shape_of(dim))});
  workloads.push_back({name + "/hash", "of these the first: strings to ids",
                       [dim](Context& context) { return hash_alone(context, dim); }});
  workloads.push_back({name + "/lookup", "of these the second: ids to rows without padding",
                       [dim](Context& context) { return lookup_alone(context, dim); }});
}

}  // namespace

std::vector<Workload> road_workloads() {
  std::vector<Workload> workloads;
  append_road(workloads, 10);
  append_road(workloads, 128);
  return workloads;
}

}  // namespace seqfeat::bench
