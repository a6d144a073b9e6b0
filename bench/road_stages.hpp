// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "bench/device_layer.hpp"
#include "seqfeat/pack.hpp"

// The road in four launches: hash, lookup, pad, mask. Its steps and what each should leave.

namespace seqfeat::bench {

/// W-road's batch.
[[nodiscard]] LayerShape road_shape(std::int64_t dim);

/// The tokens on the device, and a place for everything between two launches.
struct Stages {
  using Id = std::int64_t;

  std::shared_ptr<DeviceLayer> whole;
  LayerShape shape;
  DeviceStrings tokens;
  Buffer row_offsets, ids, ragged, values, lengths, mask;
  std::vector<Id> expected_ids;
  std::vector<float> expected_ragged;

  void hash_tokens(const Context& context) const;
  void look_up(const Context& context) const;
  void pad(const Context& context) const;  ///< Two launches: values, then lengths and mask.
};

/// Makes the batch with everything around it; `job` computes it by the layer.
[[nodiscard]] std::shared_ptr<Stages> prepare_stages(Context& context, std::int64_t dim, Job& job);

/// All four, held to the layer's answer.
[[nodiscard]] Candidate four_launches(Context& context, const std::shared_ptr<Stages>& stages);

}  // namespace seqfeat::bench
