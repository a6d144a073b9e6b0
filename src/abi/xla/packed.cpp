// SPDX-License-Identifier: Apache-2.0
#include "abi/xla/packed.hpp"

#include <algorithm>
#include <limits>
#include <string_view>
#include <utility>

#include "abi/crosses.hpp"
#include "backend/concat.hpp"
#include "backend/sizes.hpp"
#include "layer/number_steps.hpp"
#include "layer/rebase.hpp"
#include "seqfeat/error.hpp"

namespace seqfeat::xla {
namespace {

using detail::concat;

/// Parts begin where vectors like it.
constexpr std::int64_t kAlignment = 64;

/// Elements from `begin` on.
struct Range {
  std::int64_t begin = 0;
  std::int64_t count = 0;
};

/// Integers of any width as 64 bits of the column's sign.
void write_integers(const std::string& key, DType dtype, const RaggedView& view, Range values,
                    std::int64_t* to) {
  detail::with_integers(view.data, view.dtype, values.begin,
                        [&](const auto* from) { detail::rebase(to, from, values.count, 0); });
  if (is_unsigned(view.dtype) == is_unsigned(dtype)) return;
  for (std::int64_t i = 0; i < values.count; ++i) {
    if (to[i] >= 0) continue;
    throw InvalidArgument(concat("feature '", key, "': value ", values.begin + i, " of type ",
                                 to_string(view.dtype), " does not fit ", to_string(dtype),
                                 "; give the column a dtype of its kind"));
  }
}

}  // namespace

PackedLayout::PackedLayout(std::span<const Column> columns, const PackedCapacity& capacity)
    : capacity_(capacity) {
  for (const auto& [what, size] : {std::pair{"rows", capacity.rows},
                                   {"steps", capacity.steps},
                                   {"values", capacity.values},
                                   {"bytes", capacity.bytes}}) {
    if (size < 0 || size > detail::kMostValues) {
      throw InvalidArgument(
          concat("capacity: ", what, " is ", size, ", expected 0 to ", detail::kMostValues));
    }
  }
  wide_ = std::max({capacity.steps, capacity.values, capacity.bytes}) >
          std::numeric_limits<std::int32_t>::max();
  const std::int64_t offset = wide_ ? 8 : 4;
  for (const auto& [key, dtype] : make_parse_example_spec(columns)) {
    const bool wide_integer = is_integer(dtype) && dtype != DType::uint64;
    Feature feature{.key = key, .dtype = wide_integer ? DType::int64 : dtype};
    for (const Column& column : columns) {
      const auto* numeric = std::get_if<NumericColumn>(&column);
      if (numeric != nullptr && numeric->key() == key) feature.numbers = numeric->width();
    }
    take_steps(feature);
    const bool strings = dtype == DType::string;
    feature.byte_offsets = take(strings ? capacity.values + 1 : 0, offset);
    feature.data =
        strings ? take(capacity.bytes, 1) : take(capacity.values, is_float(dtype) ? 4 : 8);
    features_.push_back(std::move(feature));
  }
  for (abi::CrossedKeys& cross : abi::crosses_of(columns)) {
    Feature feature{.key = cross.key, .dtype = DType::int64};
    feature.operands = std::move(cross.operands);
    take_steps(feature);
    features_.push_back(std::move(feature));
  }
}

std::int64_t PackedLayout::take(std::int64_t count, std::int64_t size) {
  const std::int64_t at = bytes_;
  auto bytes = detail::product({count, size});
  if (bytes) bytes = detail::round_up(*bytes, kAlignment);
  if (!bytes || __builtin_add_overflow(bytes_, *bytes, &bytes_)) {
    throw InvalidArgument("capacity: the bytes of a packed batch overflow int64");
  }
  return at;
}

void PackedLayout::take_steps(Feature& feature) {
  const std::int64_t offset = wide_ ? 8 : 4;
  feature.flat = take(1, 4);
  feature.row_offsets = take(capacity_.rows + 1, offset);
  feature.step_offsets = take(capacity_.steps + 1, offset);
}

/// Some rows of a feature, and what is in them.
struct PackedLayout::Part {
  Part(const RaggedView& view, std::int64_t first_row, std::int64_t most_rows) {
    rows = {first_row, std::clamp(view.rows() - first_row, std::int64_t{0}, most_rows)};
    if (rows.count == 0) return;
    const std::int64_t last_row = rows.begin + rows.count;
    steps.begin = view.row_offsets[rows.begin];
    steps.count = view.row_offsets[last_row] - steps.begin;
    values.begin = view.first_value(steps.begin);
    values.count = view.first_value(steps.begin + steps.count) - values.begin;
    if (view.dtype != DType::string || values.count == 0) return;
    bytes.begin = view.byte_offsets[values.begin];
    bytes.count = view.byte_offsets[values.begin + values.count] - bytes.begin;
  }

  Range rows, steps, values, bytes;
};

void PackedLayout::check_fits(const Feature& feature, const Part& part) const {
  const auto fit = [&](std::string_view what, std::int64_t got, std::int64_t most) {
    if (got <= most) return;
    std::string name = feature.operands.empty() ? feature.key : "";
    for (const std::string& key : feature.operands) name += (name.empty() ? "" : "' x '") + key;
    throw InvalidArgument(concat("capacity: feature '", name, "' has ", got, " ", what,
                                 ", expected at most ", most,
                                 "; make smaller batches, or give the ", "capacity more ", what));
  };
  fit("steps", part.steps.count, capacity_.steps);
  fit("values", part.values.count, capacity_.values);
  fit("bytes", part.bytes.count, capacity_.bytes);
}

template <class Offset>
void PackedLayout::write(const Feature& feature, const RaggedView& view, const Part& part,
                         std::byte* to) const {
  // The offsets of `range`, less `first`, and the last one as often as `most` elements have it.
  const auto copy = [&](std::int64_t at, const Offsets& from, Range range, std::int64_t most,
                        std::int64_t first) {
    auto* const out = reinterpret_cast<Offset*>(to + at);
    detail::with_offsets(from, range.begin, [&](const auto* offsets) {
      detail::rebase(out, offsets, range.count + 1, -first);
    });
    std::fill(out + range.count + 1, out + most + 1, out[range.count]);
  };
  copy(feature.row_offsets, view.row_offsets, part.rows, capacity_.rows, part.steps.begin);
  const bool flat = view.step_offsets.absent();
  if (flat) {
    auto* const out = reinterpret_cast<Offset*>(to + feature.step_offsets);
    for (std::int64_t step = 0; step <= capacity_.steps; ++step) {
      out[step] = static_cast<Offset>(std::min(step, part.steps.count) * view.values_per_step);
    }
  } else {
    copy(feature.step_offsets, view.step_offsets, part.steps, capacity_.steps, part.values.begin);
  }
  *reinterpret_cast<std::int32_t*>(to + feature.flat) = flat && view.values_per_step == 1 ? 1 : 0;
  if (part.values.count == 0 || !feature.operands.empty()) return;
  if (is_float(feature.dtype)) {
    auto* const numbers = reinterpret_cast<float*>(to + feature.data);
    for (std::int64_t i = 0; i < part.values.count; ++i) {
      numbers[i] = float_at(view.data, view.dtype, part.values.begin + i);
    }
    return;
  }
  if (feature.dtype != DType::string) {
    return write_integers(feature.key, feature.dtype, view, part.values,
                          reinterpret_cast<std::int64_t*>(to + feature.data));
  }
  copy(feature.byte_offsets, view.byte_offsets, part.values, capacity_.values, part.bytes.begin);
  const auto* const bytes = static_cast<const std::byte*>(view.data);
  std::copy_n(bytes + part.bytes.begin, part.bytes.count, to + feature.data);  // from null if empty
}

void PackedLayout::pack(const Features& features, std::int64_t first_row, std::byte* to) const {
  for (const Feature& feature : features_) {
    std::vector<std::int64_t> row_offsets;
    std::vector<std::int64_t> step_offsets;
    RaggedView view;
    if (feature.operands.empty()) {
      view = *features.find(feature.key);
    } else {
      view = abi::steps_of({feature.key, feature.operands}, features, row_offsets, step_offsets);
    }
    if (view.location == Location::device) {
      throw InvalidArgument(
          concat("feature '", feature.key,
                 "': got memory of a device, expected the host's; copy it there"));
    }
    if (detail::may_be_flat(view, feature.numbers)) {
      view = detail::steps_of_numbers(view, feature.numbers, row_offsets, step_offsets);
    }
    const Part part(view, first_row, capacity_.rows);
    if (part.rows.count == 0) continue;
    check_fits(feature, part);
    if (wide_) {
      write<std::int64_t>(feature, view, part, to);
    } else {
      write<std::int32_t>(feature, view, part, to);
    }
  }
}

Offsets PackedLayout::offsets(const std::byte* batch, std::int64_t at,
                              std::int64_t count) const noexcept {
  return {batch + at, count, wide_};
}

Features PackedLayout::on_host(const std::byte* batch) const {
  Features features;
  for (const Feature& feature : features_) {
    if (!feature.operands.empty()) continue;  // the layer makes steps of crosses on the host
    const auto size_at = [&](std::int64_t at, std::int64_t index, std::int64_t most,
                             std::string_view what) {
      const std::int64_t size = offsets(batch, at, index + 1)[index];
      if (size >= 0 && size <= most) return size;
      throw DataError(concat("batch: feature '", feature.key, "' says that it has ", size, " ",
                             what, ", expected 0 to ", most, "; make batches with pack"));
    };
    RaggedView view;
    view.dtype = feature.dtype;
    view.data = batch + feature.data;
    view.row_offsets = offsets(batch, feature.row_offsets, capacity_.rows + 1);
    const std::int64_t steps =
        size_at(feature.row_offsets, capacity_.rows, capacity_.steps, "steps");
    view.value_count = steps;
    if (*reinterpret_cast<const std::int32_t*>(batch + feature.flat) != 1) {
      view.step_offsets = offsets(batch, feature.step_offsets, steps + 1);
      view.value_count = size_at(feature.step_offsets, steps, capacity_.values, "values");
    }
    if (feature.dtype == DType::string) {
      view.byte_offsets = offsets(batch, feature.byte_offsets, view.value_count + 1);
      view.bytes = size_at(feature.byte_offsets, view.value_count, capacity_.bytes, "bytes");
    }
    features.set(feature.key, view);
  }
  return features;
}

Features PackedLayout::on_device(const std::byte* batch) const {
  Features features;
  for (const Feature& feature : features_) {
    RaggedView view;
    view.dtype = feature.dtype;
    view.location = Location::device;
    view.data = batch + feature.data;
    view.row_offsets = offsets(batch, feature.row_offsets, capacity_.rows + 1);
    view.step_offsets = offsets(batch, feature.step_offsets, capacity_.steps + 1);
    view.value_count = capacity_.values;
    if (feature.dtype == DType::string) {
      view.byte_offsets = offsets(batch, feature.byte_offsets, capacity_.values + 1);
      view.bytes = capacity_.bytes;
    }
    features.set(feature.key, view);
  }
  return features;
}

}  // namespace seqfeat::xla
