// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <memory>
#include <span>
#include <utility>

#include "bench/device_layer.hpp"
#include "bench/padding.hpp"
#include "bench/variants.hpp"
#include "bench/workload.hpp"

// W5, W-skew/row and W1 with a constant number of values: one column through the layer.

namespace seqfeat::bench {
namespace {

constexpr std::int64_t kTableRows = 400'000;
constexpr std::array<Variant, 3> kPaddedVariants = {{{detail::Knob::copy_kernel, 0},
                                                     {detail::Knob::slots_per_block, 32},
                                                     {detail::Knob::slots_per_block, 256}}};
constexpr const char* kHashed = "int64 tokens are hashed on the way";

/// W5: `rows` rows of `shortest` to `longest` integers.
Workload padded(std::string name, std::string about, std::int64_t rows, std::int64_t shortest,
                std::int64_t longest, std::int64_t dim, FloatType type = FloatType::float32) {
  const LayerShape shape{.rows = rows,
                         .shortest = shortest,
                         .longest = longest,
                         .dtype = DType::int64,
                         .dim = dim,
                         .buckets = kTableRows * 4 / size_of(type),  // the same bytes
                         .type = type};
  const auto prepare = [shape](Context& context) {
    Job job = layer_job(context, scaled(shape, context), kHashed);
    job.baselines = variants_of(job.ours, kPaddedVariants);
    return job;
  };
  return {std::move(name), std::move(about),
          prepare,         "",
          to_json(shape),  shape.buckets * shape.dim * size_of(shape.type)};
}

/// Zeroing `bytes` bytes by our kernel and by the runtime, in memory of their own.
std::vector<Baseline> fills(Context& context, std::int64_t bytes) {
  const auto buffer = std::make_shared<Buffer>(context.allocate(bytes));
  const auto zeros =
      std::make_shared<std::vector<std::uint8_t>>(static_cast<std::size_t>(bytes), std::uint8_t{0});
  Candidate stores;
  stores.outputs = {{buffer->data(), bytes}};
  stores.launch = [&context, buffer, bytes](std::int64_t) {
    fill_with_zeros(buffer->data(), bytes, context.device.stream());
  };
  stores.difference = [&context, buffer, zeros] {
    return context.difference("filled", buffer->as<const std::uint8_t>(),
                              std::span<const std::uint8_t>(*zeros));
  };
  Candidate runtime = stores;
  runtime.launch = [&context, buffer, bytes](std::int64_t) {
    context.device.fill(buffer->data(), 0, bytes);
  };
  return {{"fill, 16-byte stores", stores}, {"fill, cudaMemsetAsync", runtime}};
}

/// A row of 11,548 steps stretches a thousand rows of a few.
Job one_long_row(Context& context) {
  Job job = layer_job(context, {.rows = context.scaled(1024, 8),
                                .longest = 32,
                                .dim = 10,
                                .buckets = 1000,
                                .outlier = context.scaled(11'548, 64)});
  std::int64_t bytes = 0;
  for (const Written& output : job.ours.outputs) bytes += output.bytes;
  job.baselines = fills(context, bytes);
  return job;
}

constexpr LayerShape kConstantBags{.rows = 131'072,
                                   .dtype = DType::int64,
                                   .dim = 128,
                                   .buckets = 10'000'000,
                                   .values_per_step = 64,
                                   .combiner = Combiner::sum};

/// W1's bags through the layer, which takes a number of values a step instead of offsets.
Job constant_bags(Context& context) {
  LayerShape shape = scaled(kConstantBags, context);
  Job job = layer_job(context, shape, kHashed);
  shape.with_step_offsets = true;
  job.baselines = {{"the same steps by offsets", layer_job(context, shape).ours}};
  return job;
}

}  // namespace

std::vector<Workload> padding_workloads() {
  return {{"W1/uniform/constant",
           "W1/uniform's bags through the layer, 64 values a step, no offsets",
           constant_bags,
           "",
           {},
           kConstantBags.buckets * kConstantBags.dim * size_of(FloatType::float32)},
          padded("W5/b2048/d512", "2,048 rows of 19 to 25 steps, D512, padded with mask", 2048, 19,
                 25, 512, FloatType::bfloat16),
          padded("W5/b2048/d512/fp32", "2,048 rows of 19 to 25 steps, D512, padded with mask", 2048,
                 19, 25, 512),
          padded("W5/b2048/t200/fp32", "2,048 rows of 144 to 200 steps, D512, padded with mask",
                 2048, 144, 200, 512),
          padded("W5/b140472/t320/fp32", "140,472 rows of 1 to 320 steps, D32, padded with mask",
                 140'472, 1, 320, 32),
          {"W-skew/row", "1,024 rows of up to 32 steps and one of 11,548, D10, beside a fill",
           one_long_row}};
}

}  // namespace seqfeat::bench
