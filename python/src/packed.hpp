// SPDX-License-Identifier: Apache-2.0
// A batch in one block of memory: a head of int64 numbers, and behind it every array of every
// feature. It can be moved as a whole, to another process or to a device; the head, of which a copy
// stays on the host, says where everything stands.
#pragma once

#include <cstdint>
#include <vector>

#include "layer.hpp"

namespace seqfeat::python {

/// Where an array of offsets stands.
struct PackedOffsets {
  std::int64_t at;     // From the front of the block; -1: absent.
  std::int64_t count;  // 0 where it is absent.
  std::int64_t wide;   // As seqfeat_offsets has it.
};

struct PackedFeature {
  std::int64_t dtype;
  std::int64_t values_per_step;
  std::int64_t values;
  std::int64_t bytes;  // Of strings.
  std::int64_t at;     // The data.
  PackedOffsets rows;
  PackedOffsets steps;
  PackedOffsets ends;  // Byte offsets.
};

/// The head; behind it stand the features in the layer's order.
struct PackedHead {
  static constexpr std::int64_t kVersion = 1;

  std::int64_t version;
  std::int64_t bytes;        // Of the whole block.
  std::int64_t fingerprint;  // Of what the batch was packed for.
  seqfeat_sizes sizes;
  std::int64_t rows;   // The batch's own; behind them empty rows fill a capacity.
  std::int64_t steps;  // T as the batch is to be shown: that of a capacity, or the layer's.
  std::int64_t features;

  [[nodiscard]] const PackedFeature* feature(std::int64_t i) const noexcept {
    return reinterpret_cast<const PackedFeature*>(this + 1) + i;
  }
};
static_assert(sizeof(PackedHead) == 12 * 8);

/// The features of a packed batch, for one call.
struct PackedInput {
  PackedInput(const Layer& layer, const PackedHead& head, const char* block, bool on_device);

  std::vector<const char*> keys;
  std::vector<seqfeat_ragged_view> views;

  [[nodiscard]] seqfeat_features features() const noexcept {
    return {keys.data(), views.data(), static_cast<std::int64_t>(keys.size())};
  }
};

}  // namespace seqfeat::python
