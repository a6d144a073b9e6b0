// SPDX-License-Identifier: Apache-2.0
#include "bench/lookup_job.hpp"

#include <memory>
#include <span>

#include "bench/inputs.hpp"
#include "seqfeat/lookup.hpp"

namespace seqfeat::bench {
namespace {

/// A lookup's memory on the device, and what should come out.
struct LookupState {
  std::vector<Buffer> ids;
  Buffer offsets, output, norms;
  Offsets steps;
  TableView table;
  LookupRule rule;
  std::int64_t id_count = 0;
  std::vector<std::byte> expected;
};

Offsets view_of(const void* data, std::size_t count) {
  return count == 0 ? Offsets{} : Offsets{data, static_cast<std::int64_t>(count), true};
}

template <class T>
std::span<const T> elements_of(const std::vector<std::byte>& bytes) {
  return {reinterpret_cast<const T*>(bytes.data()), bytes.size() / sizeof(T)};
}

/// The CPU backend's answer for the first batch.
template <class Id>
std::vector<std::byte> expected_rows(Context& context, const LookupInput& input,
                                     const std::vector<Id>& ids) {
  std::vector<float> norms(input.max_norm ? ids.size() : 0);
  std::vector<std::byte> rows(
      static_cast<std::size_t>(input.steps() * input.dim * size_of(input.output_type)));
  lookup(context.cpu, context.floats.on_host(input.rows, input.dim, 0, input.table_type),
         ids.data(), input.ids(), view_of(input.offsets.data(), input.offsets.size()),
         {Combiner::sum, input.max_norm, norms.data(), input.output_type}, rows.data(), 0,
         kHostStream);
  return rows;
}

template <class Id>
std::shared_ptr<LookupState> prepare(Context& context, const LookupInput& input) {
  auto state = std::make_shared<LookupState>();
  context.floats.reserve(input.rows * input.dim, input.table_type);
  state->table = context.floats.on_device(input.rows, input.dim, 0, input.table_type);
  state->id_count = input.ids();
  state->offsets = context.upload(std::span<const std::int64_t>(input.offsets));
  state->steps = view_of(state->offsets.data(), input.offsets.size());
  state->output = context.allocate(input.steps() * input.dim * size_of(input.output_type));
  if (input.max_norm) {
    state->norms = context.allocate(input.ids() * static_cast<std::int64_t>(sizeof(float)));
  }
  state->rule = {Combiner::sum, input.max_norm, state->norms.as<float>(), input.output_type};
  for (const std::vector<std::int64_t>& batch : input.batches) {
    const std::vector<Id> ids(batch.begin(), batch.end());
    state->ids.push_back(context.upload(std::span<const Id>(ids)));
    if (state->ids.size() == 1) state->expected = expected_rows(context, input, ids);
  }
  return state;
}

}  // namespace

template <class Id>
Candidate lookup_candidate(Context& context, const LookupInput& input) {
  const std::shared_ptr<LookupState> state = prepare<Id>(context, input);
  Candidate candidate;
  candidate.outputs = {{state->output.data(), state->output.size_bytes()}};
  candidate.launch = [&context, state](std::int64_t i) {
    const Buffer& ids = state->ids[static_cast<std::size_t>(i) % state->ids.size()];
    lookup(context.backend, state->table, ids.as<Id>(), state->id_count, state->steps, state->rule,
           state->output.data(), 0, context.device.stream());
  };
  candidate.difference = [&context, state, type = input.output_type] {
    if (type == FloatType::float32) {
      return context.difference("output", state->output.as<const float>(),
                                elements_of<float>(state->expected));
    }
    return context.difference("output", state->output.as<const std::uint16_t>(),
                              elements_of<std::uint16_t>(state->expected));
  };
  return candidate;
}

template <class Id>
Job lookup_job(Context& context, const LookupInput& input) {
  Job job;
  job.ours = lookup_candidate<Id>(context, input);
  job.tokens = input.ids();
  const std::int64_t row = input.dim * size_of(input.table_type);
  const std::int64_t rest = input.ids() * static_cast<std::int64_t>(sizeof(Id)) +
                            static_cast<std::int64_t>(std::span(input.offsets).size_bytes()) +
                            input.steps() * input.dim * size_of(input.output_type);
  job.bytes = rest + input.ids() * row;
  job.ideal_bytes = rest + distinct(input.batches.front(), input.rows) * row;
  return job;
}

template Job lookup_job<std::int32_t>(Context&, const LookupInput&);
template Candidate lookup_candidate<std::int64_t>(Context&, const LookupInput&);
template Job lookup_job<std::int64_t>(Context&, const LookupInput&);

}  // namespace seqfeat::bench
