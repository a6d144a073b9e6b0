// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <span>
#include <string>

#include "bench/road_stages.hpp"
#include "bench/variants.hpp"
#include "bench/workload.hpp"

// W-road: strings to padded values, lengths and mask; beside it the same in four launches, and two
// of these alone.

namespace seqfeat::bench {
namespace {

Job whole_road(Context& context, std::int64_t dim) {
  Job job;
  const auto stages = prepare_stages(context, dim, job);
  job.baselines = {{"four launches: hash, lookup, pad, mask", four_launches(context, stages)}};
  const auto variants =
      variants_of(job.ours, std::to_array<Variant>({{detail::Knob::slots_per_block, 64},
                                                    {detail::Knob::slots_per_block, 256}}));
  job.baselines.insert(job.baselines.end(), variants.begin(), variants.end());
  return job;
}

Job hash_alone(Context& context, std::int64_t dim) {
  Job job;
  const auto stages = prepare_stages(context, dim, job);
  job.bytes = job.ideal_bytes = stages->tokens.bytes.size_bytes() +
                                stages->tokens.offsets.size_bytes() + stages->ids.size_bytes();
  job.ours.outputs = {{stages->ids.data(), stages->ids.size_bytes()}};
  job.ours.launch = [&context, stages](std::int64_t) { stages->hash_tokens(context); };
  job.ours.difference = [&context, stages] {
    return context.difference("ids", stages->ids.as<const Stages::Id>(),
                              std::span<const Stages::Id>(stages->expected_ids));
  };
  return job;
}

Job lookup_alone(Context& context, std::int64_t dim) {
  Job job;
  const auto stages = prepare_stages(context, dim, job);
  const std::int64_t row_bytes = dim * size_of(stages->shape.type);
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
                       to_json(road_shape(dim))});
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
