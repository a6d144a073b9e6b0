// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "seqfeat/layer.hpp"
#include "tests/support/backend_test.hpp"

namespace seqfeat::test {

/// What a batch wrote, as bits.
struct Written {
  std::vector<std::uint32_t> values;
  std::vector<std::int64_t> lengths;  // of the capacity's rows
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
        values_(backend.memory(), plan.values * 4, stream),
        lengths_(backend.memory(), plan.capacity.rows * 8, stream),
        mask_(backend.memory(), plan.mask, stream),
        ids_(backend.memory(), with_ids ? plan.ids * 8 : 0, stream) {}

  [[nodiscard]] Workspace& workspace() noexcept { return workspace_; }
  [[nodiscard]] Outputs outputs() const noexcept {
    return {values_.as<float>(), lengths_.as<std::int64_t>(), mask_.as<std::uint8_t>(),
            ids_.as<std::int64_t>()};
  }
  /// Fills the outputs with what no batch writes.
  void poison(Stream stream) const {
    for (const Buffer* buffer : {&values_, &lengths_, &mask_, &ids_}) {
      const std::vector<std::uint8_t> bytes(static_cast<std::size_t>(buffer->size_bytes()), 0xa5);
      backend_.copy(buffer->data(), bytes.data(), buffer->size_bytes(), stream);
      backend_.synchronize(stream);
    }
  }
  [[nodiscard]] Written read(const BatchShape& shape, std::int64_t floats, Stream stream) const {
    backend_.synchronize(stream);
    const std::int64_t slots = shape.rows * shape.width;
    Written written;
    written.values = to_host(backend_, values_.as<const std::uint32_t>(), slots * floats);
    written.lengths = to_host(backend_, lengths_.as<const std::int64_t>(), plan_.capacity.rows);
    written.mask = to_host(backend_, mask_.as<const std::uint8_t>(), slots);
    if (ids_.size_bytes() > 0) {
      written.ids = to_host(backend_, ids_.as<const std::int64_t>(), shape.ids);
    }
    return written;
  }

 private:
  const Backend& backend_;
  Plan plan_;
  Workspace workspace_;
  Buffer values_, lengths_, mask_, ids_;
};

}  // namespace seqfeat::test
