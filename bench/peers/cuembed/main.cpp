// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <memory>
#include <span>
#include <utility>

#include "bench/lookup_shapes.hpp"
#include "bench/program.hpp"
#include "forward.hpp"
#include "seqfeat/lookup.hpp"

// cuembed-bench: cuEmbed's forward kernels on the lookups of seqfeat-bench, with the same ids.

namespace seqfeat::bench {
namespace {

constexpr float kTolerance = 1e-4F;  // of sums of 64 floats below 1 in another order

struct PeerState {
  std::vector<Buffer> ids;
  Buffer offsets, output;
  TableView table;
  LookupShape shape;
  std::vector<float> expected;
};

/// Sums in another order have other bits, so sums are compared with a tolerance.
std::string difference(const Context& context, const PeerState& state) {
  std::vector<float> got(state.expected.size());
  context.backend.copy(got.data(), state.output.data(), state.output.size_bytes(),
                       context.device.stream());
  context.backend.synchronize(context.device.stream());
  for (std::size_t i = 0; i < got.size(); ++i) {
    if (!(std::abs(got[i] - state.expected[i]) <= kTolerance)) {
      return "output[" + std::to_string(i) + "]";
    }
  }
  return "";
}

/// Puts ids and offsets on the device, and counts bytes as lookup_job does.
std::shared_ptr<PeerState> prepare(Context& context, const LookupShape& shape, bool by_offsets,
                                   Job& job) {
  auto state = std::make_shared<PeerState>();
  state->shape = shape;
  const std::int64_t rows = shape.tables * shape.rows;
  context.floats.reserve(rows * shape.dim);
  state->table = context.floats.on_device(rows, shape.dim);
  const std::vector<std::int64_t> offsets = even_offsets(shape.steps, shape.values);
  if (by_offsets) state->offsets = context.upload(std::span<const std::int64_t>(offsets));
  const std::int64_t row = shape.dim * static_cast<std::int64_t>(sizeof(float));
  state->output = context.allocate(shape.steps * row);
  state->expected.resize(static_cast<std::size_t>(shape.steps * shape.dim));
  for (std::int64_t batch = 0; batch < shape.batches; ++batch) {
    const std::vector<std::int64_t> ids = ids_of(shape, batch);
    state->ids.push_back(context.upload(std::span<const std::int64_t>(ids)));
    if (batch > 0) continue;
    job.tokens = shape.steps * shape.values;
    const std::int64_t rest =
        state->ids.front().size_bytes() + state->offsets.size_bytes() + state->output.size_bytes();
    job.bytes = rest + job.tokens * row;
    job.ideal_bytes = rest + distinct(ids, rows) * row;
    lookup(context.cpu, context.floats.on_host(rows, shape.dim), ids.data(), job.tokens,
           offsets.empty() ? Offsets{} : offsets_of(offsets),
           {Combiner::sum, std::nullopt, nullptr}, state->expected.data(), 0, kHostStream);
  }
  return state;
}

Workload workload_of(const LookupDefinition& definition, bool by_offsets) {
  const auto prepare_job = [shape = definition.shape, by_offsets](Context& context) {
    Job job;
    const auto state = prepare(context, scaled(shape, context.scale), by_offsets, job);
    job.ours.outputs = {{state->output.data(), state->output.size_bytes()}};
    job.ours.launch = [&context, state](std::int64_t i) {
      const Buffer& ids = state->ids[static_cast<std::size_t>(i) % state->ids.size()];
      cuembed_peer::sum_rows(
          static_cast<const float*>(state->table.data), static_cast<int>(state->shape.dim),
          ids.as<const std::int64_t>(), state->offsets.as<const std::int64_t>(),
          static_cast<int>(state->shape.values), static_cast<int>(state->shape.steps),
          state->output.as<float>(), context.device.stream().handle());
    };
    job.ours.difference = [&context, state] { return difference(context, *state); };
    job.note = by_offsets ? "CSR" : "fixed hotness";
    return job;
  };
  const bool constant = definition.shape.values > 1 && !by_offsets;
  return {definition.name + (constant ? "/constant" : ""), definition.about, prepare_job,
          definition.group, to_json(definition.shape)};
}

/// Bags both by offsets and by their constant number, single ids by the latter.
std::vector<Workload> workloads() {
  std::vector<Workload> all;
  for (const LookupDefinition& definition : lookup_definitions()) {
    if (definition.shape.type != FloatType::float32) continue;
    if (definition.shape.values > 1) all.push_back(workload_of(definition, true));
    all.push_back(workload_of(definition, false));
  }
  return all;
}

}  // namespace
}  // namespace seqfeat::bench

int main(int argc, char** argv) {
  return seqfeat::bench::run_program(
      {"cuembed-bench", "Measures cuEmbed's forward kernels on seqfeat-bench's lookups.",
       seqfeat::bench::workloads(), "cuembed"},
      argc, argv);
}
