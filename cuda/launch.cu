// SPDX-License-Identifier: Apache-2.0
#include "cuda/launch.cuh"

#include <atomic>
#include <limits>
#include <string>

#include "backend/launch_count.hpp"
#include "seqfeat/error.hpp"

namespace seqfeat {
namespace {

std::atomic<std::int64_t> launches{0};

}  // namespace

std::int64_t detail::launch_count() noexcept {
  return launches.load(std::memory_order_relaxed);
}

namespace cuda {

void count_launch() noexcept {
  launches.fetch_add(1, std::memory_order_relaxed);
}

cudaLaunchConfig_t launch_config(const char* name, const Grid& grid, Stream stream,
                                 cudaLaunchAttribute& attribute) {
  constexpr std::int64_t kMostBlocks = std::numeric_limits<std::int32_t>::max();
  if (grid.blocks > kMostBlocks) {
    throw InvalidArgument(std::string(name) + ": got work for " + std::to_string(grid.blocks) +
                          " blocks, expected at most " + std::to_string(kMostBlocks) +
                          "; use smaller batches");
  }
  cudaLaunchConfig_t config{};
  config.gridDim = dim3(static_cast<unsigned>(grid.blocks));
  config.blockDim = dim3(kThreads);
  config.stream = stream.handle();
  if (grid.overlaps_previous) {
    attribute.id = cudaLaunchAttributeProgrammaticStreamSerialization;
    attribute.val.programmaticStreamSerializationAllowed = 1;
    config.attrs = &attribute;
    config.numAttrs = 1;
  }
  return config;
}

}  // namespace cuda
}  // namespace seqfeat
