// SPDX-License-Identifier: Apache-2.0
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "bench/cpu/inputs.hpp"
#include "bench/cpu/workload.hpp"
#include "bench/random.hpp"
#include "seqfeat/seqfeat.hpp"

// weighted/…: a layer over steps of several ids, each with a weight, beside the same layer without
// the weights.

namespace seqfeat::bench {
namespace {

constexpr std::int64_t kSteps = 16;
constexpr std::int64_t kBuckets = 100'000;

/// Steps of 1 to 7 ids, and as many weights above 0.
struct WeightedInput {
  Ragged ids{DType::int64};
  Ragged weights{DType::float32};
  Features features;

  explicit WeightedInput(std::int64_t rows) {
    std::uint64_t next = 0;
    const auto below = [&next](std::int64_t limit) {
      return static_cast<std::int64_t>(random_bits(33, next++) % static_cast<std::uint64_t>(limit));
    };
    for (std::int64_t row = 0; row < rows; ++row) {
      for (std::int64_t step = 0; step < kSteps; ++step) {
        for (std::int64_t i = below(7); i >= 0; --i) {
          ids.add_value(below(kBuckets));
          weights.add_number(0.01 * static_cast<double>(1 + below(200)));
        }
        ids.end_step();
        weights.end_step();
      }
      ids.end_row();
      weights.end_row();
    }
    features.set("ids", ids.view());
    features.set("weights", weights.view());
  }
};

CpuJob weighted_job(const CpuContext& context, std::int64_t dim) {
  auto input = std::make_shared<WeightedInput>(context.scaled(8'192, 256));
  const auto plain = sequence_categorical_column_with_identity("ids", kBuckets);
  const auto weighted = sequence_weighted_categorical_column(plain, "weights");
  const auto runner = [&](const CategoricalColumn& column) {
    auto made = std::make_shared<LayerRunner>(std::vector<Column>{embedding_column(column, dim)},
                                              context.backend, LayerOptions{});
    made->reserve(std::span<const Features>(&input->features, 1));
    return made;
  };
  CpuJob job;
  job.tokens = input->ids.view().value_count;
  job.bytes = job.tokens * dim * 4 + input->ids.view().steps() * dim * 4;
  job.ours = [input, layer = runner(weighted)] { layer->run(input->features); };
  job.baselines.push_back(
      {"without weights", [input, layer = runner(plain)] { layer->run(input->features); }});
  return job;
}

}  // namespace

std::vector<CpuWorkload> cpu_weighted_workloads() {
  std::vector<CpuWorkload> all;
  for (const std::int64_t dim : {10, 64, 128}) {
    all.push_back(cpu_workload("weighted/d" + std::to_string(dim), weighted_job, dim));
  }
  return all;
}

}  // namespace seqfeat::bench
