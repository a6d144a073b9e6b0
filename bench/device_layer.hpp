// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bench/layer_input.hpp"
#include "bench/workload.hpp"
#include "seqfeat/layer.hpp"

// The layer as a job: tokens -> padded values, lengths and mask.

namespace seqfeat::bench {

/// What one batch in flight needs.
struct LayerRoom {
  Workspace workspace;
  Buffer values, lengths, mask;
  Outputs outputs;
};

/// A layer and a batch for it.
struct DeviceLayer {
  LayerInput input;
  std::optional<SequenceFeatures> layer;
  std::unique_ptr<LayerRoom> room;
  std::optional<Batch> expected;               ///< Lengths and mask; of floats the values too,
  std::vector<std::uint16_t> expected_halves;  ///< of halves these.

  [[nodiscard]] std::int64_t steps() const noexcept { return input.row_offsets.back(); }
};

[[nodiscard]] std::unique_ptr<LayerRoom> make_room(const Context& context,
                                                   const SequenceFeatures& layer, const Plan& plan,
                                                   FloatType type = FloatType::float32);

/// Memory that `compute` writes, and what in it is not as expected.
[[nodiscard]] std::vector<Written> outputs_of(const LayerRoom& room);
[[nodiscard]] std::string difference(const Context& context, const Outputs& got,
                                     const DeviceLayer& expected);

/// Makes the batch, packs it, and lets `job` compute it again and again.
[[nodiscard]] std::shared_ptr<DeviceLayer> prepare_layer(Context& context, const LayerShape& shape,
                                                         Job& job);

/// Such a job alone.
[[nodiscard]] Job layer_job(Context& context, const LayerShape& shape, std::string note = "");

}  // namespace seqfeat::bench
