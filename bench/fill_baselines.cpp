// SPDX-License-Identifier: Apache-2.0
#include "bench/fill_baselines.hpp"

#include <memory>
#include <span>

#include "bench/fill.hpp"

namespace seqfeat::bench {

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

}  // namespace seqfeat::bench
