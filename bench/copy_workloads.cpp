// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <memory>
#include <string>
#include <utility>

#include "bench/cuda_device.hpp"
#include "bench/device_layer.hpp"
#include "bench/road_stages.hpp"
#include "bench/workload.hpp"

// W-copy: batch after batch from the host's memory to values, beside the time that copying their
// bytes takes alone.

namespace seqfeat::bench {
namespace {

constexpr std::uint8_t kCopied = 0x3c;

/// Two batches in flight, a stream and a workspace (with two arenas) each.
struct TwoLanes {
  std::shared_ptr<DeviceLayer> batch;
  std::unique_ptr<LayerRoom> other;
  std::int64_t batches = 0;

  [[nodiscard]] std::array<LayerRoom*, 2> rooms() const { return {batch->room.get(), other.get()}; }
};

void run_batches(const Context& context, const TwoLanes& lanes) {
  Device& device = context.device;
  const SequenceFeatures& layer = *lanes.batch->layer;
  device.fork();
  for (std::int64_t b = 0; b < lanes.batches; ++b) {
    const bool side = b % 2 != 0;
    LayerRoom& room = *lanes.rooms()[side ? 1 : 0];
    const Stream stream = side ? device.side_stream() : device.stream();
    layer.pack(lanes.batch->input.features, room.workspace, stream);
    layer.compute(room.outputs, room.workspace, stream);
  }
  device.join();
}

/// The bytes of as many arenas, pinned -> device, one copy after the other.
Baseline pinned_copies(Context& context, std::int64_t bytes, std::int64_t copies) {
  const auto from = std::make_shared<PinnedBytes>(bytes, kCopied);
  const auto to = std::make_shared<Buffer>(context.allocate(bytes));
  const std::vector<std::uint8_t> expected(static_cast<std::size_t>(bytes), kCopied);
  Candidate candidate;
  candidate.outputs = {{to->data(), bytes}};
  candidate.launch = [&context, from, to, copies](std::int64_t) {
    for (std::int64_t i = 0; i < copies; ++i) from->copy(to->data(), context.device.stream());
  };
  candidate.difference = [&context, to, expected] {
    return context.difference("copied", to->as<const std::uint8_t>(),
                              std::span<const std::uint8_t>(expected));
  };
  return {"pinned copy alone", std::move(candidate)};
}

Job copied(Context& context, std::int64_t dim) {
  Job job;
  auto lanes = std::make_shared<TwoLanes>();
  lanes->batch = prepare_layer(context, scaled(road_shape(dim), context), job);
  const Plan plan = lanes->batch->room->workspace.plan();
  lanes->other = make_room(context, *lanes->batch->layer, plan);
  lanes->batches = context.scaled(100, 4);

  for (std::int64_t* amount : {&job.tokens, &job.bytes, &job.ideal_bytes}) {
    *amount *= lanes->batches;
  }
  for (const Written& output : outputs_of(*lanes->other)) job.ours.outputs.push_back(output);
  job.ours.launch = [&context, lanes](std::int64_t) { run_batches(context, *lanes); };
  job.ours.difference = [&context, lanes] {
    std::string text;
    for (const LayerRoom* room : lanes->rooms()) {
      if (text.empty()) text = difference(context, room->outputs, *lanes->batch);
    }
    return text;
  };
  job.baselines = {pinned_copies(context, plan.arena_bytes, lanes->batches)};
  job.note = std::to_string(lanes->batches) + " batches: packing, copying and computing, two lanes";
  return job;
}

Workload copying(std::int64_t dim) {
  return {
      "W-copy/d" + std::to_string(dim),
      "100 batches of W-road from the host, packed, copied and computed by turns on two streams",
      [dim](Context& context) { return copied(context, dim); }};
}

}  // namespace

std::vector<Workload> copy_workloads() {
  return {copying(10), copying(128)};
}

}  // namespace seqfeat::bench
