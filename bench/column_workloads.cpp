// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <span>
#include <string>
#include <utility>

#include "backend/launch_count.hpp"
#include "bench/device_layer.hpp"
#include "bench/variants.hpp"
#include "bench/workload.hpp"

// W10 and W-columns: many narrow columns. W-small: a batch as in serving.

namespace seqfeat::bench {
namespace {

/// Criteo's 26 single strings.
LayerShape single_strings() {
  return {.keys = 26, .rows = 1000, .dim = 16, .buckets = 100'000};
}

constexpr std::array<Variant, 2> kVariants = {
    {{detail::Knob::slots_per_block, 2}, {detail::Knob::slots_per_block, 16}}};

/// As few rows as in serving.
LayerShape small_batch(std::int64_t rows) {
  return {.rows = rows, .shortest = 19, .longest = 25, .dim = 64, .buckets = 100'000};
}
constexpr std::array<Variant, 2> kSmallVariants = {
    {{detail::Knob::slots_per_block, 4}, {detail::Knob::slots_per_block, 64}}};

Job graph_job(Context& context, const LayerShape& shape, std::span<const Variant> variants,
              bool with_packing = false) {
  Job job;
  const auto made = prepare_layer(context, scaled(shape, context), job);
  const auto replayed = [&context, made, with_packing, launch = job.ours.launch] {
    const auto replay = context.device.capture([&launch] { launch(0); });
    return [&context, made, replay, with_packing](std::int64_t) {
      if (with_packing) {
        made->layer->pack(made->input.features, made->room->workspace, context.device.stream());
      }
      replay();
    };
  };
  for (const Variant& variant : variants) {  // what holds at the capture
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
           [](Context& context) { return graph_job(context, single_strings(), kVariants); }},
          {"W10/pack+graph", "the same with packing and the copy before each replay",
           [](Context& context) { return graph_job(context, single_strings(), kVariants, true); }},
          {"W-small/1", "a row of 19 to 25 strings of 8 bytes, D64, graph replay",
           [](Context& context) { return graph_job(context, small_batch(1), kSmallVariants); }},
          {"W-small/64", "64 such rows",
           [](Context& context) { return graph_job(context, small_batch(64), kSmallVariants); }},
          columns(26, 16, 100'000),
          columns(300, 10, 10'000)};
}

}  // namespace seqfeat::bench
