// SPDX-License-Identifier: Apache-2.0
#include "bench/road_stages.hpp"

#include <span>

#include "bench/padding.hpp"
#include "seqfeat/hash.hpp"
#include "seqfeat/lookup.hpp"

namespace seqfeat::bench {
namespace {

/// What hash and lookup should find.
void expect(const Context& context, Stages& stages) {
  const Strings& s = stages.whole->input.strings.front();
  stages.expected_ids.resize(static_cast<std::size_t>(s.count()));
  hash(context.cpu, s.view(), stages.shape.buckets, stages.expected_ids.data(), kHostStream);
  stages.expected_ragged.resize(static_cast<std::size_t>(s.count() * stages.shape.dim));
  lookup(context.cpu, context.floats.on_host(stages.shape.buckets, stages.shape.dim),
         stages.expected_ids.data(), s.count(), {}, {}, stages.expected_ragged.data(), 0,
         kHostStream);
}

}  // namespace

LayerShape road_shape(std::int64_t dim) {
  return {.rows = 2048, .shortest = 19, .longest = 25, .dim = dim, .buckets = 1'000'000};
}

void Stages::hash_tokens(const Context& context) const {
  hash(context.backend, tokens.view, shape.buckets, ids.as<Id>(), context.device.stream());
}

void Stages::look_up(const Context& context) const {
  lookup(context.backend, context.floats.on_device(shape.buckets, shape.dim), ids.as<Id>(),
         tokens.view.count, {}, {}, ragged.as<float>(), 0, context.device.stream());
}

void Stages::pad(const Context& context) const {
  const std::int64_t width = whole->expected->padded_steps();
  const auto* offsets = row_offsets.as<const std::int64_t>();
  const Stream stream = context.device.stream();
  pad_rows(ragged.as<const float>(), offsets, shape.rows, width, shape.dim, values.as<float>(),
           stream);
  mask_rows(offsets, shape.rows, width, lengths.as<std::int64_t>(), mask.as<std::uint8_t>(),
            stream);
}

std::shared_ptr<Stages> prepare_stages(Context& context, std::int64_t dim, Job& job) {
  auto stages = std::make_shared<Stages>();
  stages->shape = scaled(road_shape(dim), context);
  stages->whole = prepare_layer(context, stages->shape, job);
  const Strings& s = stages->whole->input.strings.front();
  stages->tokens = context.upload(s);
  stages->row_offsets =
      context.upload(std::span<const std::int64_t>(stages->whole->input.row_offsets));
  stages->ids = context.allocate(s.count() * static_cast<std::int64_t>(sizeof(Stages::Id)));
  stages->ragged = context.allocate(s.count() * dim * size_of(stages->shape.type));
  stages->values = context.allocate(stages->whole->room->values.size_bytes());
  stages->lengths = context.allocate(stages->whole->room->lengths.size_bytes());
  stages->mask = context.allocate(stages->whole->room->mask.size_bytes());
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
                      *stages->whole);
  };
  return candidate;
}

}  // namespace seqfeat::bench
