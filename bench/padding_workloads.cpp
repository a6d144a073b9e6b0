// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "bench/device_layer.hpp"
#include "bench/fill_baselines.hpp"
#include "bench/workload.hpp"

// W5, W-skew/row and W1 with a constant number of values: one column through the layer.

namespace seqfeat::bench {
namespace {

constexpr std::int64_t kTableRows = 400'000;

/// W5: `rows` rows of `shortest` to `longest` integers.
Workload padded(std::string name, std::string about, std::int64_t rows, std::int64_t shortest,
                std::int64_t longest, std::int64_t dim, FloatType type = FloatType::float32) {
  LayerShape shape;
  shape.rows = rows;
  shape.shortest = shortest;
  shape.longest = longest;
  shape.dtype = DType::int64;
  shape.dim = dim;
  shape.buckets = kTableRows * 4 / size_of(type);  // the same bytes
  shape.type = type;
  const auto prepare = [shape](Context& context) {
    Job job;
    static_cast<void>(prepare_layer(context, scaled(shape, context), job));
    job.note = "int64 tokens are hashed on the way";
    return job;
  };
  return {std::move(name), std::move(about), prepare, "", to_json(shape)};
}

/// A row of 11,548 steps stretches a thousand rows of a few.
Job one_long_row(Context& context) {
  LayerShape shape;
  shape.rows = context.scaled(1024, 8);
  shape.longest = 32;
  shape.outlier = context.scaled(11'548, 64);
  shape.dim = 10;
  shape.buckets = 1000;
  Job job;
  static_cast<void>(prepare_layer(context, shape, job));
  std::int64_t bytes = 0;
  for (const Written& output : job.ours.outputs) bytes += output.bytes;
  job.baselines = fills(context, bytes);
  return job;
}

/// W1's bags through the layer, which takes a number of values a step instead of offsets.
Job constant_bags(Context& context) {
  LayerShape shape;
  shape.rows = 131'072;
  shape.dtype = DType::int64;
  shape.dim = 128;
  shape.buckets = 10'000'000;
  shape.values_per_step = 64;
  shape.combiner = Combiner::sum;
  shape = scaled(shape, context);
  LayerShape by_offsets = shape;
  by_offsets.with_step_offsets = true;
  Job job;
  static_cast<void>(prepare_layer(context, shape, job));
  Job other;
  static_cast<void>(prepare_layer(context, by_offsets, other));
  job.baselines = {{"the same steps by offsets", std::move(other.ours)}};
  job.note = "int64 tokens are hashed on the way";
  return job;
}

}  // namespace

std::vector<Workload> padding_workloads() {
  return {{"W1/uniform/constant",
           "W1/uniform's bags through the layer, 64 values a step, no offsets", constant_bags},
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
