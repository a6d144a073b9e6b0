// SPDX-License-Identifier: Apache-2.0
#include "seqfeat/lookup.hpp"

#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include "backend/backend_impl.hpp"
#include "backend/concat.hpp"
#include "backend/sizes.hpp"
#include "layer/alignment.hpp"
#include "seqfeat/error.hpp"

namespace seqfeat {
namespace {

using detail::concat;

void refuse(std::string_view what, std::int64_t got, std::string_view expected) {
  throw InvalidArgument(concat("lookup: ", what, " is ", got, ", expected ", expected));
}

/// Refuses rows of elements whose bytes cannot be counted.
void require_bytes(std::string_view what, std::int64_t rows, std::int64_t pitch, FloatType type) {
  if (detail::product({rows, pitch, size_of(type)})) return;
  throw InvalidArgument(concat("lookup: ", what, " of ", rows, " rows of ", pitch, " elements of ",
                               to_string(type), ": the bytes overflow int64"));
}

void check(const TableView& table, detail::Ids ids, std::int64_t id_count,
           const Offsets& step_offsets, const LookupRule& rule, const void* output,
           std::int64_t steps, std::int64_t pitch) {
  if (table.rows < 1) refuse("table.rows", table.rows, "at least 1");
  if (table.dim < 1 || table.dim > std::numeric_limits<std::int32_t>::max()) {
    refuse("table.dim", table.dim, "1 to 2147483647");
  }
  if (table.stride() < table.dim) refuse("table.pitch", table.pitch, "at least dim");
  if (table.data == nullptr) throw InvalidArgument("lookup: the table is null");
  if (id_count < 0) refuse("id_count", id_count, "at least 0");
  const std::string most = concat("at most ", detail::kMostValues);
  if (id_count > detail::kMostValues) refuse("id_count", id_count, most);
  if (steps > detail::kMostValues) refuse("step_offsets.count", steps + 1, most + " and one");
  if (ids.data == nullptr && id_count > 0) throw InvalidArgument("lookup: ids is null");
  if (!step_offsets.absent() && step_offsets.count < 1) {
    refuse("step_offsets.count", step_offsets.count, "steps + 1");
  }
  if (pitch < table.dim) refuse("output_pitch", pitch, "at least dim");
  require_bytes("table", table.rows, table.stride(), table.type);
  require_bytes("output", steps, pitch, rule.output_type);
  if (output == nullptr && steps > 0) throw InvalidArgument("lookup: the output is null");
  detail::check_alignment("lookup: table", table.data, table.type);
  detail::check_alignment("lookup: output", output, rule.output_type);
  // Infinity is no way to say "no limit": a zero row would be 0 * inf / inf.
  if (rule.max_norm && !(*rule.max_norm >= 0 && std::isfinite(*rule.max_norm))) {
    throw InvalidArgument(
        concat("lookup: max_norm is ", *rule.max_norm, ", expected finite and at least 0"));
  }
  if (rule.max_norm && rule.norms == nullptr && id_count > 0) {
    throw InvalidArgument("lookup: max_norm needs norms, scratch for one float an id");
  }
}

/// What the host can see of ids and offsets in its own memory.
void check_contents(const TableView& table, detail::Ids ids, std::int64_t id_count,
                    const Offsets& step_offsets) {
  RaggedView view;
  const std::int64_t steps = step_offsets.absent() ? id_count : step_offsets.count - 1;
  const std::array<std::int64_t, 2> row{0, steps};
  view.row_offsets = offsets_of(row);
  view.step_offsets = step_offsets;
  view.data = ids.data;
  view.value_count = id_count;
  view.dtype = ids.wide ? DType::int64 : DType::int32;
  validate(view, "ids");
  std::int64_t step = 0;
  for (std::int64_t i = 0; i < id_count; ++i) {
    while (i >= view.first_value(step + 1)) ++step;
    if (ids[i] < 0 || ids[i] >= table.rows) {
      throw DataError(concat("lookup: step ", step, ": id ", ids[i],
                             " is outside the table, expected 0 to ", table.rows - 1));
    }
  }
}

void lookup(const Backend& backend, const TableView& table, detail::Ids ids, std::int64_t id_count,
            const Offsets& step_offsets, const LookupRule& rule, void* output,
            std::int64_t output_pitch, Stream stream) {
  const std::int64_t steps = step_offsets.absent() ? id_count : step_offsets.count - 1;
  const std::int64_t pitch = output_pitch == 0 ? table.dim : output_pitch;
  check(table, ids, id_count, step_offsets, rule, output, steps, pitch);
  if (!backend.on_device()) check_contents(table, ids, id_count, step_offsets);
  backend.impl().check_stream(stream);
  if (steps == 0) return;
  const detail::TableRule data{table.data,
                               table.rows,
                               table.stride(),
                               table.dim,
                               table.type,
                               rule.max_norm.value_or(0.0F),
                               rule.max_norm.has_value(),
                               rule.combiner};
  backend.impl().lookup(
      {data, ids, id_count, step_offsets, steps, rule.norms, output, pitch, rule.output_type},
      stream);
}

}  // namespace

void lookup(const Backend& backend, const TableView& table, const std::int64_t* ids,
            std::int64_t id_count, Offsets step_offsets, const LookupRule& rule, void* output,
            std::int64_t output_pitch, Stream stream) {
  lookup(backend, table, detail::Ids{ids, true}, id_count, step_offsets, rule, output, output_pitch,
         stream);
}

void lookup(const Backend& backend, const TableView& table, const std::int32_t* ids,
            std::int64_t id_count, Offsets step_offsets, const LookupRule& rule, void* output,
            std::int64_t output_pitch, Stream stream) {
  lookup(backend, table, detail::Ids{ids, false}, id_count, step_offsets, rule, output,
         output_pitch, stream);
}

}  // namespace seqfeat
