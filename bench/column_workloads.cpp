// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <string>
#include <utility>

#include "backend/launch_count.hpp"
#include "bench/device_layer.hpp"
#include "bench/variants.hpp"
#include "bench/workload.hpp"

// W10 and W-columns: many narrow columns.

namespace seqfeat::bench {
namespace {

/// Criteo's 26 single strings.
LayerShape single_strings() {
  return {.keys = 26, .rows = 1000, .dim = 16, .buckets = 100'000};
}

constexpr std::array<Variant, 2> kVariants = {
    {{detail::Knob::one_kernel, 2}, {detail::Knob::slots_per_block, 4}}};

Job graph_job(Context& context, bool with_packing) {
  Job job;
  const auto made = prepare_layer(context, scaled(single_strings(), context), job);
  const auto replayed = [&context, made, with_packing, launch = job.ours.launch] {
    const auto replay = context.device.capture([&launch] { launch(0); });
    return [&context, made, replay, with_packing](std::int64_t) {
      if (with_packing) {
        made->layer->pack(made->input.features, made->room->workspace, context.device.stream());
      }
      replay();
    };
  };
  for (const Variant& variant : kVariants) {  // what holds at the capture
    const detail::Tuned scope(variant.knob, variant.value);
    Candidate other = job.ours;
    other.launch = replayed();
    job.baselines.push_back({name_of(variant), std::move(other)});
  }
  const std::int64_t before = detail::launch_count();
  job.ours.launch = replayed();
  job.kernels = detail::launch_count() - before;
  job.note = with_packing ? "host packing, copy and kernels" : "kernels by graph replay";
  return job;
}

Workload columns(std::int64_t count, std::int64_t dim, std::int64_t buckets) {
  const LayerShape shape{.keys = count, .rows = 1000, .longest = 5, .dim = dim, .buckets = buckets};
  return {"W-columns/" + std::to_string(count),
          std::to_string(count) + " columns of 1 to 5 strings of 8 bytes, 1,000 rows, D" +
              std::to_string(dim),
          [shape](Context& context) { return layer_job(context, scaled(shape, context)); }};
}

}  // namespace

std::vector<Workload> column_workloads() {
  return {{"W10/graph", "26 columns of 8-byte strings, 1,000 rows, D16, graph replay",
           [](Context& context) { return graph_job(context, false); }},
          {"W10/pack+graph", "the same with packing and the copy before each replay",
           [](Context& context) { return graph_job(context, true); }},
          columns(26, 16, 100'000),
          columns(300, 10, 10'000)};
}

}  // namespace seqfeat::bench
