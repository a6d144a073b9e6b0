// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <span>
#include <string>
#include <utility>

#include "bench/lookup_job.hpp"
#include "bench/lookup_shapes.hpp"
#include "bench/variants.hpp"
#include "bench/workload.hpp"

// W1, W1b, W2, W3: ids -> combined rows.

namespace seqfeat::bench {
namespace {

constexpr std::array<Variant, 4> kSingleVariants = {{{detail::Knob::copy_kernel, 0},
                                                     {detail::Knob::slots_per_block, 32},
                                                     {detail::Knob::slots_per_block, 128},
                                                     {detail::Knob::streaming_stores, 0}}};
constexpr std::array<Variant, 2> kBagVariants = {
    {{detail::Knob::slots_per_block, 8}, {detail::Knob::slots_per_block, 32}}};

Workload workload_of(LookupDefinition definition) {
  const auto prepare = [shape = definition.shape, note = definition.note,
                        many = !definition.group.empty()](Context& context) {
    const LookupShape here = scaled(shape, context.scale);
    LookupInput input{here.tables * here.rows, here.dim, {}, even_offsets(here.steps, here.values)};
    for (std::int64_t batch = 0; batch < here.batches; ++batch) {
      input.batches.push_back(ids_of(here, batch));
    }
    input.table_type = input.output_type = here.type;
    Job job = here.narrow_ids ? lookup_job<std::int32_t>(context, input)
                              : lookup_job<std::int64_t>(context, input);
    if (!many) {
      job.baselines =
          variants_of(job.ours, here.values == 1 ? std::span<const Variant>(kSingleVariants)
                                                 : std::span<const Variant>(kBagVariants));
    }
    job.note = note + ", " + std::string(id_type(here)) + " ids";
    return job;
  };
  return {std::move(definition.name),  std::move(definition.about), prepare,
          std::move(definition.group), to_json(definition.shape),   table_bytes(definition.shape)};
}

}  // namespace

std::vector<Workload> lookup_workloads() {
  std::vector<Workload> workloads;
  for (LookupDefinition& definition : lookup_definitions()) {
    workloads.push_back(workload_of(std::move(definition)));
  }
  return workloads;
}

}  // namespace seqfeat::bench
