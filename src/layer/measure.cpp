// SPDX-License-Identifier: Apache-2.0
#include "layer/measure.hpp"

#include <algorithm>
#include <optional>
#include <string_view>

#include "backend/concat.hpp"
#include "backend/sizes.hpp"
#include "layer/check_rows.hpp"
#include "layer/number_steps.hpp"
#include "seqfeat/error.hpp"

namespace seqfeat::detail {
namespace {

const RaggedView& find(const FeatureSource& source, const Features& features) {
  const RaggedView* view = features.find(source.key);
  if (view == nullptr) {
    throw InvalidArgument(concat("feature '", source.key, "' is missing; column '",
                                 source.first_column, "' reads it"));
  }
  if (is_integer(view->dtype) != is_integer(source.dtype) ||
      is_float(view->dtype) != is_float(source.dtype)) {
    throw InvalidArgument(concat("feature '", source.key, "': got ", to_string(view->dtype),
                                 ", expected ", to_string(source.dtype), " (column '",
                                 source.first_column, "')"));
  }
  if (view->location == Location::host) {
    validate(*view, source.key);
  } else {
    validate_shape(*view, source.key);
  }
  return *view;
}

/// Makes steps of flat rows of numbers. On a device steps are what they are given as.
void make_steps(const FeatureSource& source, MeasuredFeature& feature) {
  if (!may_be_flat(feature.view, source.numbers)) return;
  if (feature.view.location == Location::host) {
    feature.view =
        steps_of_numbers(feature.view, source.numbers, feature.row_offsets, feature.step_offsets);
  } else if (feature.view.step_offsets.absent() && feature.view.value_count > 0) {
    throw InvalidArgument(concat("feature '", source.key, "': got flat rows of numbers on a ",
                                 "device, expected steps; set values_per_step to ", source.numbers,
                                 ", or give step_offsets (column '", source.first_column, "')"));
  }
}

std::int64_t byte_at(const RaggedView& view, std::int64_t value) {
  return view.dtype != DType::string || view.value_count == 0 ? 0 : view.byte_offsets[value];
}

/// Finds and sums up what is kept of a feature some of whose rows are cut or end in steps that do
/// not count. `by` is a feature whose rows have the lengths of columns: of one that is only crossed
/// they may be longer.
void take_kept(MeasuredFeature& feature, const RaggedView& by, PadRule rule, std::int64_t rows) {
  const RaggedView& view = feature.view;
  std::vector<StepRange>& runs = feature.runs;
  for (std::int64_t row = 0; row < rows; ++row) {
    const StepRange kept = rule.kept(view.row_offsets[row], steps_of_row(by, row).count);
    if (kept.count == 0) continue;
    if (!runs.empty() && runs.back().begin + runs.back().count == kept.begin) {
      runs.back().count += kept.count;
    } else {
      runs.push_back(kept);
    }
  }
  for (const StepRange& run : runs) {
    const std::int64_t begin = view.first_value(run.begin);
    const std::int64_t end = view.first_value(run.begin + run.count);
    feature.steps += run.count;
    feature.tokens += end - begin;
    if (end > begin) feature.bytes += byte_at(view, end) - byte_at(view, begin);
  }
}

void take_all(MeasuredFeature& feature) {
  const RaggedView& view = feature.view;
  feature.steps = view.steps();
  feature.tokens = view.value_count;
  feature.bytes = view.location == Location::device
                      ? view.bytes
                      : byte_at(view, view.value_count) - byte_at(view, 0);
  feature.runs.push_back({0, feature.steps});
}

/// The steps of a cross of features on a device: how long they are, the host only knows where all
/// steps are alike, or where somebody has given the cross's own offsets.
RaggedView cross_on_device(const CompiledColumns& columns, const CrossedFeature& cross,
                           const Features& features, Operands& operands, MeasuredFeature& to) {
  if (const RaggedView* given = features.find(cross.key)) {
    validate_shape(*given, cross.first_column);
    return *given;
  }
  if (operands.uniform()) {
    return steps_of_cross(operands, to.row_offsets, to.step_offsets);
  }
  const auto nested =
      std::find_if(cross.operands.begin(), cross.operands.end(), [&](std::size_t f) {
        return !features.find(columns.features[f].key)->step_offsets.absent();
      });
  throw InvalidArgument(concat(
      "feature '", columns.features[*nested].key, "': got step_offsets on a device, where the ",
      "number of crossed values is not known to the host; give every step as many values, or copy ",
      "the features to the host (column '", cross.first_column, "')"));
}

/// Makes the steps of all crosses.
void make_crosses(const CompiledColumns& columns, const Features& features, MeasuredBatch& batch) {
  const auto view_of = [&](std::size_t f) -> const RaggedView& { return batch.features[f].view; };
  for (std::size_t k = 0; k < columns.crossed.size(); ++k) {
    MeasuredFeature& feature = batch.features[columns.features.size() + k];
    enter_operands(columns, columns.crossed[k], view_of, batch.operands);
    if (batch.location == Location::host) {
      feature.begin(steps_of_cross(batch.operands, feature.row_offsets, feature.step_offsets));
    } else {
      feature.begin(
          cross_on_device(columns, columns.crossed[k], features, batch.operands, feature));
    }
  }
}

/// How many columns make ids of feature `f` of a batch.
std::int64_t readers_of(const CompiledColumns& columns, std::size_t f) noexcept {
  const std::size_t read = columns.features.size();
  return f < read ? columns.features[f].columns : columns.crossed[f - read].columns;
}

/// Adds `more`, which is nothing if it overflowed already.
void add(std::int64_t& sum, std::optional<std::int64_t> more, std::string_view what) {
  if (more && !__builtin_add_overflow(sum, *more, &sum)) return;
  throw InvalidArgument(concat("batch: the number of its ", what, " overflows int64"));
}

}  // namespace

void measure(const CompiledColumns& columns, const LayerOptions& options, const Features& features,
             MeasuredBatch& batch) {
  batch.features.resize(columns.batch_features());
  for (std::size_t f = 0; f < columns.features.size(); ++f) {
    batch.features[f].begin(find(columns.features[f], features));
    make_steps(columns.features[f], batch.features[f]);
  }
  const std::int64_t rows = batch.features[0].view.rows();
  batch.location = batch.features[0].view.location;
  for (std::size_t f = 1; f < columns.features.size(); ++f) {
    const RaggedView& view = batch.features[f].view;
    const std::string& name = columns.features[f].first_column;
    if (view.rows() != rows) {
      throw InvalidArgument(concat("batch sizes differ: column '", columns.features[0].first_column,
                                   "' has ", rows, " rows, column '", name, "' has ", view.rows()));
    }
    if (view.location != batch.location) {
      throw InvalidArgument(concat("feature '", columns.features[f].key,
                                   "' is in another memory than feature '", columns.features[0].key,
                                   "'; all on the host or all on a device"));
    }
  }

  if (batch.location == Location::host) check_weights(columns, batch.features, rows);
  make_crosses(columns, features, batch);
  Kept kept;
  if (batch.location == Location::host) {
    kept = check_lengths(columns, options, batch.features, rows);
  } else if (options.padding != Padding::max_length) {
    throw InvalidArgument(
        "padding: features on a device need padding = max_length, for T is not known on the host");
  }
  BatchSizes& sum = batch.sizes;
  sum = {.rows = rows, .padded_steps = padded_steps(options, kept.longest), .ids = 0};
  const PadRule rule = PadRule::of(options);
  for (std::size_t f = 0; f < batch.features.size(); ++f) {
    MeasuredFeature& feature = batch.features[f];
    feature.exact = batch.location == Location::host && kept.steps == feature.view.steps();
    if (batch.location == Location::host && !feature.exact) {
      take_kept(feature, batch.features[columns.aligned[0]].view, rule, rows);
    } else {
      take_all(feature);
    }
    sum.steps = std::max(sum.steps, feature.steps);
    add(sum.tokens, feature.tokens, "tokens");
    add(sum.bytes, feature.bytes, "bytes");
    add(sum.ids, product({feature.tokens, readers_of(columns, f)}), "ids");
  }
  if (batch.location == Location::device) return;
  for (std::size_t f = 0; f < columns.features.size(); ++f) {
    const FeatureSource& source = columns.features[f];
    if (source.numbers == 0) continue;
    for (const StepRange& steps : batch.features[f].runs) {
      check_numbers_of_steps(source, batch.features[f].view, steps);
    }
  }
  for (const std::size_t c : columns.partial) {
    if (!columns.data[c].source.may_pass_end()) continue;
    const MeasuredFeature& feature =
        batch.features[static_cast<std::size_t>(columns.data[c].feature)];
    for (const StepRange& steps : feature.runs) check_ids(columns, c, feature.view, steps);
  }
}

}  // namespace seqfeat::detail
