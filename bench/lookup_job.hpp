// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "bench/workload.hpp"

// The free function `lookup` as a candidate.

namespace seqfeat::bench {

/// What is looked up in a table of random floats.
struct LookupInput {
  std::int64_t rows = 0;  ///< Of the table.
  std::int64_t dim = 0;
  std::vector<std::vector<std::int64_t>> batches;  ///< Sets of ids that take turns.
  std::vector<std::int64_t> offsets = {};  ///< Of steps into ids, wherever not each step has one.
  std::optional<float> max_norm = std::nullopt;
  FloatType table_type = FloatType::float32;
  FloatType output_type = FloatType::float32;

  [[nodiscard]] std::int64_t ids() const noexcept {
    return static_cast<std::int64_t>(batches.front().size());
  }
  [[nodiscard]] std::int64_t steps() const noexcept {
    return offsets.empty() ? ids() : static_cast<std::int64_t>(offsets.size()) - 1;
  }
};

/// Sums the rows of each step; ids are of type `Id` on the device.
template <class Id>
[[nodiscard]] Candidate lookup_candidate(Context& context, const LookupInput& input);

/// A job of such a candidate, with its tokens and bytes, those of the first batch.
template <class Id>
[[nodiscard]] Job lookup_job(Context& context, const LookupInput& input);

extern template Job lookup_job<std::int32_t>(Context&, const LookupInput&);
extern template Candidate lookup_candidate<std::int64_t>(Context&, const LookupInput&);
extern template Job lookup_job<std::int64_t>(Context&, const LookupInput&);

}  // namespace seqfeat::bench
