// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>

#include "seqfeat/backend.hpp"
#include "seqfeat/column.hpp"
#include "seqfeat/ragged.hpp"
#include "seqfeat/stream.hpp"
#include "seqfeat/table.hpp"

namespace seqfeat {

/// How rows of a table become one vector per step.
struct LookupRule {
  Combiner combiner = Combiner::mean;
  std::optional<float> max_norm = std::nullopt;  ///< Finite and >= 0.
  float* norms = nullptr;  ///< Scratch [N] in the backend's memory; needed with `max_norm`.
  FloatType output_type = FloatType::float32;  ///< Of `output`: computed in float32, rounded once.
};

/// Gathers and combines the rows of each step, without padding. A step's only row, not clipped and
/// of the output's type, is copied bit for bit.
///
/// Shapes   ids [N], step_offsets [S + 1] (absent: one id a step) -> output [S, dim] with
///          `output_pitch` elements (0: dim) from one step to the next.
/// Stream   Enqueues on `stream`; everything is in the backend's memory and must outlive the work.
/// Memory   Allocates nothing.
/// Throws   InvalidArgument for sizes that disagree, rows of more than 2^31 - 1 elements, a
///          max_norm below 0 or not finite, pointers between elements or missing scratch.
///          An id outside the table gives a zero row; on the host it is a DataError instead, naming
///          the step and the id.
void lookup(const Backend& backend, const TableView& table, const std::int64_t* ids,
            std::int64_t id_count, Offsets step_offsets, const LookupRule& rule, void* output,
            std::int64_t output_pitch, Stream stream);
/// The same with ids of 32 bits.
void lookup(const Backend& backend, const TableView& table, const std::int32_t* ids,
            std::int64_t id_count, Offsets step_offsets, const LookupRule& rule, void* output,
            std::int64_t output_pitch, Stream stream);

}  // namespace seqfeat
