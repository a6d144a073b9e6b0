// SPDX-License-Identifier: Apache-2.0
#include <memory>
#include <utility>

#include "bench/inputs.hpp"
#include "bench/workload.hpp"
#include "seqfeat/lookup.hpp"

// W1, W1b, W2, W3: ids -> combined rows, fp32.

namespace seqfeat::bench {
namespace {

/// A lookup as the plan words it.
struct Shape {
  std::int64_t tables;  ///< Laid end to end; each gets an equal share of the steps.
  std::int64_t rows;    ///< Of each.
  std::int64_t dim;
  std::int64_t steps;   ///< Output rows, over all tables.
  std::int64_t values;  ///< Ids a step; 1: a sequence lookup, without step offsets.
  PowerLaw law;
  std::int64_t batches = 1;  ///< Sets of ids that take turns.
  std::string note;
};

struct LookupState {
  std::vector<Buffer> ids;
  Buffer offsets, output;
  Offsets steps;
  TableView table;
  std::int64_t count = 0;
  std::vector<float> expected;
};

std::vector<std::int64_t> ids_of(const Shape& shape, std::uint64_t seed) {
  const std::int64_t count = shape.steps * shape.values;
  std::vector<std::int64_t> ids = power_law(count, shape.rows, shape.law, seed);
  for (std::int64_t i = 0; shape.tables > 1 && i < count; ++i) {
    const std::int64_t table = (i / shape.values) * shape.tables / shape.steps;
    ids[static_cast<std::size_t>(i)] += table * shape.rows;
  }
  return ids;
}

/// Offsets of steps with `values` values each; none for one value a step.
std::vector<std::int64_t> even_offsets(std::int64_t steps, std::int64_t values) {
  std::vector<std::int64_t> offsets;
  for (std::int64_t s = 0; values > 1 && s <= steps; ++s) offsets.push_back(s * values);
  return offsets;
}

Offsets view_of(const void* data, std::size_t count) {
  return count == 0 ? Offsets{} : Offsets{data, static_cast<std::int64_t>(count), true};
}

Job lookup_job(Context& context, const Shape& shape) {
  constexpr LookupRule kSum{.combiner = Combiner::sum, .max_norm = {}, .norms = nullptr};
  auto state = std::make_shared<LookupState>();
  const std::int64_t rows = shape.tables * shape.rows;
  context.floats.reserve(rows * shape.dim);
  state->table = context.floats.on_device(rows, shape.dim);
  state->count = shape.steps * shape.values;
  const std::int64_t row_bytes = shape.dim * static_cast<std::int64_t>(sizeof(float));
  const std::vector<std::int64_t> offsets = even_offsets(shape.steps, shape.values);
  state->offsets = context.upload(std::span<const std::int64_t>(offsets));
  state->steps = view_of(state->offsets.data(), offsets.size());
  state->output = context.allocate(shape.steps * row_bytes);
  state->expected.resize(static_cast<std::size_t>(shape.steps * shape.dim));

  std::int64_t unique = 0;
  for (std::int64_t batch = 0; batch < shape.batches; ++batch) {
    const auto ids = ids_of(shape, static_cast<std::uint64_t>(100 + batch));
    state->ids.push_back(context.upload(std::span<const std::int64_t>(ids)));
    if (batch > 0) continue;
    unique = distinct(ids, rows);
    lookup(context.cpu, context.floats.on_host(rows, shape.dim), ids.data(), state->count,
           view_of(offsets.data(), offsets.size()), kSum, state->expected.data(), shape.dim,
           kHostStream);
  }

  Job job;
  job.tokens = state->count;
  const std::int64_t rest =
      8 * state->count + 8 * static_cast<std::int64_t>(offsets.size()) + shape.steps * row_bytes;
  job.bytes = rest + state->count * row_bytes;
  job.ideal_bytes = rest + unique * row_bytes;
  job.note = shape.note;
  job.ours.outputs = {{state->output.data(), state->output.size_bytes()}};
  job.ours.launch = [&context, state, kSum, dim = shape.dim](std::int64_t i) {
    const Buffer& ids = state->ids[static_cast<std::size_t>(i) % state->ids.size()];
    lookup(context.backend, state->table, ids.as<std::int64_t>(), state->count, state->steps, kSum,
           state->output.as<float>(), dim, context.device.stream());
  };
  job.ours.difference = [&context, state] {
    return context.difference("output", state->output.as<const float>(),
                              std::span<const float>(state->expected));
  };
  return job;
}

/// W1 and W1b: bags of 64.
Workload bags(std::string name, std::int64_t rows, std::int64_t dim, std::int64_t steps,
              double alpha, std::string note = "CSR") {
  std::string about = std::to_string(rows / 1'000'000) + " M x " + std::to_string(dim) + ", " +
                      std::to_string(steps) + " bags of 64" +
                      (alpha > 0 ? ", power law" : ", uniform");
  return {std::move(name), std::move(about), [=](Context& context) {
            return lookup_job(context, {1,
                                        context.scaled(rows, 1000),
                                        dim,
                                        context.scaled(steps, 8),
                                        64,
                                        {.alpha = alpha},
                                        1,
                                        note});
          }};
}

Workload sequence(std::string name, bool permuted) {
  return {std::move(name), "1,048,570 single rows of ten tables of 1,677,721 x 128, power law 1.05",
          [=](Context& context) {
            return lookup_job(context, {10,
                                        context.scaled(1'677'721, 100),
                                        128,
                                        context.scaled(1'048'570, 1000),
                                        1,
                                        {.alpha = 1.05, .permuted = permuted},
                                        16,
                                        "tables laid end to end; 16 batches take turns"});
          }};
}

}  // namespace

std::vector<Workload> lookup_workloads() {
  return {bags("W1/uniform", 10'000'000, 128, 131'072, 0),
          bags("W1/alpha1.05", 10'000'000, 128, 131'072, 1.05),
          bags("W1/alpha1.15", 10'000'000, 128, 131'072, 1.15),
          bags("W1b/fp32", 10'000'000, 256, 65'536, 1.15, "CSR; fp32 where the plan has fp16"),
          sequence("W2/adjacent", false),
          sequence("W2/permuted", true),
          {"W3", "32 tables of 100,000 x 128, 512 bags of 20 each", [](Context& context) {
             return lookup_job(context, {32,
                                         context.scaled(100'000, 100),
                                         128,
                                         context.scaled(16'384, 32),
                                         20,
                                         {.alpha = 0.1, .shift = 0.1},
                                         1,
                                         "tables laid end to end"});
           }}};
}

}  // namespace seqfeat::bench
