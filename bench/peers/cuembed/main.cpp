// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <memory>
#include <span>
#include <string>
#include <utility>

#include "bench/lookup_shapes.hpp"
#include "bench/program.hpp"
#include "forward.hpp"
#include "seqfeat/lookup.hpp"

// cuembed-bench: cuEmbed's forward kernels on the lookups of seqfeat-bench, with the same ids.

namespace seqfeat::bench {
namespace {

constexpr float kTolerance = 1e-4F;       // of sums of 64 floats below 2 in another order
constexpr float kRoundedHalf = 0x1p-11F;  // what rounding to float16 once may add, of a sum

struct PeerState {
  std::vector<Buffer> ids;
  Buffer offsets, output;
  TableView table;
  LookupShape shape;
  std::vector<float> expected;  ///< Sums in float32, not rounded to the output's type.

  [[nodiscard]] cuembed_peer::Types types() const {
    return {shape.type == FloatType::float16, shape.narrow_ids};
  }
};

template <class T>
std::vector<T> download(const Context& context, const Buffer& buffer) {
  std::vector<T> values(static_cast<std::size_t>(buffer.size_bytes()) / sizeof(T));
  context.backend.copy(values.data(), buffer.data(), buffer.size_bytes(), context.device.stream());
  context.backend.synchronize(context.device.stream());
  return values;
}

std::vector<float> widened(const std::vector<std::uint16_t>& halves) {
  std::vector<float> values(halves.size());
  std::transform(halves.begin(), halves.end(), values.begin(), float_from_float16);
  return values;
}

/// Sums in another order have other bits, so sums are compared with a tolerance.
std::string difference(const Context& context, const PeerState& state) {
  const bool halves = state.types().halves;
  const std::vector<float> got = halves ? widened(download<std::uint16_t>(context, state.output))
                                        : download<float>(context, state.output);
  for (std::size_t i = 0; i < got.size(); ++i) {
    const float rounding = halves ? kRoundedHalf * std::abs(state.expected[i]) : 0.0F;
    if (!(std::abs(got[i] - state.expected[i]) <= kTolerance + rounding)) {
      return "output[" + std::to_string(i) + "]";
    }
  }
  return "";
}

Buffer upload_narrow(const Context& context, const std::vector<std::int64_t>& ids) {
  const std::vector<std::int32_t> narrow(ids.begin(), ids.end());
  return context.upload(std::span<const std::int32_t>(narrow));
}

/// Puts ids and offsets on the device, and counts bytes as lookup_job does.
std::shared_ptr<PeerState> prepare(Context& context, const LookupShape& shape, bool by_offsets,
                                   Job& job) {
  auto state = std::make_shared<PeerState>();
  state->shape = shape;
  const std::int64_t rows = shape.tables * shape.rows;
  context.floats.reserve(rows * shape.dim, shape.type);
  state->table = context.floats.on_device(rows, shape.dim, 0, shape.type);
  const std::vector<std::int64_t> offsets = even_offsets(shape.steps, shape.values);
  if (by_offsets) state->offsets = context.upload(std::span<const std::int64_t>(offsets));
  const std::int64_t row = shape.dim * size_of(shape.type);
  state->output = context.allocate(shape.steps * row);
  state->expected.resize(static_cast<std::size_t>(shape.steps * shape.dim));
  for (std::int64_t batch = 0; batch < shape.batches; ++batch) {
    const std::vector<std::int64_t> ids = ids_of(shape, batch);
    state->ids.push_back(shape.narrow_ids ? upload_narrow(context, ids)
                                          : context.upload(std::span<const std::int64_t>(ids)));
    if (batch > 0) continue;
    job.tokens = shape.steps * shape.values;
    const std::int64_t rest =
        state->ids.front().size_bytes() + state->offsets.size_bytes() + state->output.size_bytes();
    job.bytes = rest + job.tokens * row;
    job.ideal_bytes = rest + distinct(ids, rows) * row;
    lookup(context.cpu, context.floats.on_host(rows, shape.dim, 0, shape.type), ids.data(),
           job.tokens, offsets.empty() ? Offsets{} : offsets_of(offsets),
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
      cuembed_peer::sum_rows(state->types(), state->table.data, static_cast<int>(state->shape.dim),
                             ids.data(), state->offsets.as<const std::int64_t>(),
                             static_cast<int>(state->shape.values),
                             static_cast<int>(state->shape.steps), state->output.data(),
                             context.device.stream().handle());
    };
    job.ours.difference = [&context, state] { return difference(context, *state); };
    job.note = std::string(by_offsets ? "CSR" : "fixed hotness") + ", " +
               std::string(id_type(state->shape)) + " ids";
    return job;
  };
  const bool constant = definition.shape.values > 1 && !by_offsets;
  return {definition.name + (constant ? "/constant" : ""),
          definition.about,
          prepare_job,
          definition.group,
          to_json(definition.shape),
          table_bytes(definition.shape)};
}

/// Bags both by offsets and by their constant number, single ids by the latter.
std::vector<Workload> workloads() {
  std::vector<Workload> all;
  for (const LookupDefinition& definition : lookup_definitions()) {
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
