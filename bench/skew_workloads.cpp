// SPDX-License-Identifier: Apache-2.0
#include <cstdint>
#include <numeric>
#include <string>
#include <utility>

#include "bench/inputs.hpp"
#include "bench/lookup_job.hpp"
#include "bench/workload.hpp"

// W-skew/step, W-norm, W-types: what one enormous step, max_norm and halves on either side cost,
// each held against the same without.

namespace seqfeat::bench {
namespace {

constexpr std::int64_t kRows = 1'000'000;
constexpr std::int64_t kDim = 128;
constexpr std::int64_t kValues = 1'048'576;
constexpr std::uint64_t kSeed = 300;

LookupInput single_values(const Context& context, std::int64_t least) {
  const std::int64_t rows = context.scaled(kRows, 100);
  return {rows, kDim, {power_law(context.scaled(kValues, least), rows, {}, kSeed)}};
}

/// Steps of one value each, but for one of `large` in the middle.
std::vector<std::int64_t> offsets_with_one_large(std::int64_t values, std::int64_t large) {
  std::vector<std::int64_t> offsets;
  const std::int64_t middle = (values - large) / 2;
  for (std::int64_t v = 0; v <= middle; ++v) offsets.push_back(v);
  for (std::int64_t v = middle + large; v <= values; ++v) offsets.push_back(v);
  return offsets;
}

Job one_large_step(Context& context) {
  LookupInput spread = single_values(context, 6'000);
  spread.offsets.resize(static_cast<std::size_t>(spread.ids()) + 1);
  std::iota(spread.offsets.begin(), spread.offsets.end(), 0);
  LookupInput skewed = spread;
  skewed.offsets = offsets_with_one_large(skewed.ids(), context.scaled(100'000, 5'000));
  Job job = lookup_job<std::int64_t>(context, skewed);
  job.baselines = {
      {"the same values, one a step", lookup_candidate<std::int64_t>(context, spread)}};
  return job;
}

Job clipped(Context& context) {
  const LookupInput plain = single_values(context, 1'000);
  LookupInput clipping = plain;
  clipping.max_norm = 6.5F;  // of 128 floats between -1 and 1 about half exceed it
  Job job = lookup_job<std::int64_t>(context, clipping);
  job.baselines = {{"without max_norm", lookup_candidate<std::int64_t>(context, plain)}};
  job.note = "bytes are counted without the rows that are read a second time for their norms";
  return job;
}

/// Single rows of one type written as another, beside the same ids from and to float32.
Job converted(Context& context, FloatType table, FloatType output) {
  const LookupInput plain = single_values(context, 1'000);
  // The larger table first, since both are parts of the same floats.
  context.floats.reserve(plain.rows * plain.dim);
  LookupInput converting = plain;
  converting.table_type = table;
  converting.output_type = output;
  Job job = lookup_job<std::int64_t>(context, converting);
  job.baselines = {{"float32 to float32", lookup_candidate<std::int64_t>(context, plain)}};
  job.note = std::string(to_string(table)) + " to " + std::string(to_string(output));
  return job;
}

}  // namespace

std::vector<Workload> skew_workloads() {
  return {
      {"W-skew/step", "a step of 100,000 values among single ones, 1,048,576 in all, D128",
       one_large_step},
      {"W-norm", "1,048,576 single rows of 1 M x 128 with a max_norm that clips half of them",
       clipped},
      {"W-types/fp16-fp32", "1,048,576 single rows of 1 M x 128 in float16, written as float32",
       [](Context& context) { return converted(context, FloatType::float16, FloatType::float32); }},
      {"W-types/fp32-bf16", "1,048,576 single rows of 1 M x 128 in float32, written as bfloat16",
       [](Context& context) {
         return converted(context, FloatType::float32, FloatType::bfloat16);
       }}};
}

}  // namespace seqfeat::bench
