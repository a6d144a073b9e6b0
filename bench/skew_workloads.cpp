// SPDX-License-Identifier: Apache-2.0
#include <cstdint>
#include <numeric>
#include <utility>

#include "bench/inputs.hpp"
#include "bench/lookup_job.hpp"
#include "bench/workload.hpp"

// W-skew/step, W-norm: what one enormous step and what max_norm cost, each held against the same
// without.

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

}  // namespace

std::vector<Workload> skew_workloads() {
  return {{"W-skew/step", "a step of 100,000 values among single ones, 1,048,576 in all, D128",
           one_large_step},
          {"W-norm", "1,048,576 single rows of 1 M x 128 with a max_norm that clips half of them",
           clipped}};
}

}  // namespace seqfeat::bench
