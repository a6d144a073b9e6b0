// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "seqfeat/layer.hpp"
#include "tests/support/backend_test.hpp"

namespace seqfeat::test {

/// What a batch wrote, as bits.
struct Written {
  std::vector<std::uint32_t> values;      // of either form
  std::vector<std::int64_t> lengths;      // of the capacity's rows
  std::vector<std::int64_t> row_offsets;  // likewise, of a ragged batch
  std::vector<std::uint8_t> mask;
  std::vector<std::int64_t> ids;

  friend bool operator==(const Written&, const Written&) = default;
};

/// A workspace and outputs for every batch up to a plan.
class Place {
 public:
  Place(const Backend& backend, const Plan& plan, bool with_ids, Stream stream)
      : backend_(backend),
        plan_(plan),
        workspace_(backend, plan, stream),
        values_(backend.memory(), (plan.values + plan.ragged_values) * 4, stream),
        lengths_(backend.memory(), plan.capacity.rows * 8, stream),
        row_offsets_(backend.memory(), plan.row_offsets * 8, stream),
        mask_(backend.memory(), plan.mask, stream),
        ids_(backend.memory(), with_ids ? plan.ids * 8 : 0, stream) {}

  [[nodiscard]] Workspace& workspace() noexcept { return workspace_; }
  [[nodiscard]] Outputs outputs() const noexcept {
    Outputs outputs;
    (wants_ragged(plan_.emit) ? outputs.ragged_values : outputs.values) = values_.data();
    outputs.lengths = lengths_.as<std::int64_t>();
    outputs.row_offsets = row_offsets_.as<std::int64_t>();
    outputs.mask = mask_.as<std::uint8_t>();
    outputs.ids = ids_.as<std::int64_t>();
    return outputs;
  }
  /// Fills the outputs with what no batch writes.
  void poison(Stream stream) const {
    for (const Buffer* buffer : {&values_, &lengths_, &row_offsets_, &mask_, &ids_}) {
      const std::vector<std::uint8_t> bytes(static_cast<std::size_t>(buffer->size_bytes()), 0xa5);
      backend_.copy(buffer->data(), bytes.data(), buffer->size_bytes(), stream);
      backend_.synchronize(stream);
    }
  }
  /// The memory behind the first `cells` values, up to the plan's end.
  [[nodiscard]] std::vector<std::uint8_t> behind(std::int64_t cells, Stream stream) const {
    backend_.synchronize(stream);
    return to_host(backend_, values_.as<const std::uint8_t>() + cells * 4,
                   values_.size_bytes() - cells * 4);
  }
  [[nodiscard]] Written read(const BatchSizes& shape, std::int64_t floats, Stream stream) const {
    backend_.synchronize(stream);
    const bool ragged = wants_ragged(plan_.emit);
    const std::int64_t slots = ragged ? shape.steps : shape.rows * shape.padded_steps;
    Written written;
    written.values = to_host(backend_, values_.as<const std::uint32_t>(), slots * floats);
    written.lengths = to_host(backend_, lengths_.as<const std::int64_t>(), plan_.capacity.rows);
    written.row_offsets =
        to_host(backend_, row_offsets_.as<const std::int64_t>(), plan_.row_offsets);
    written.mask =
        to_host(backend_, mask_.as<const std::uint8_t>(), wants_mask(plan_.emit) ? slots : 0);
    if (ids_.size_bytes() > 0) {
      written.ids = to_host(backend_, ids_.as<const std::int64_t>(), shape.ids);
    }
    return written;
  }

 private:
  const Backend& backend_;
  Plan plan_;
  Workspace workspace_;
  Buffer values_, lengths_, row_offsets_, mask_, ids_;
};

}  // namespace seqfeat::test
