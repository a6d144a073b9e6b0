// SPDX-License-Identifier: Apache-2.0
#include "layer/measure.hpp"

#include <algorithm>
#include <cstring>
#include <optional>
#include <string_view>

#include "backend/concat.hpp"
#include "backend/sizes.hpp"
#include "layer/number_steps.hpp"
#include "layer/rebase.hpp"
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

/// The steps of a row of a feature as it came in.
std::int64_t length_of(const FeatureSource& source, const RaggedView& view, std::int64_t row) {
  return source.numbers > 1 ? length_in_numbers(view, source.numbers, row)
                            : steps_of_row(view, row).count;
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

/// Refuses the first of `steps` that has more numbers than the column's shape.
void check_numbers(const FeatureSource& source, const RaggedView& view, StepRange steps) {
  if (view.step_offsets.absent() && view.values_per_step <= source.numbers) return;
  for (std::int64_t step = steps.begin; step < steps.begin + steps.count; ++step) {
    const std::int64_t count = values_of_step(view, step).count;
    if (count <= source.numbers) continue;
    const std::int64_t row = last_not_above(view.row_offsets, view.rows(), step);
    throw DataError(
        {.row = row, .column = source.key},
        concat("feature '", source.key, "': got a step of ", count, " numbers, expected at most ",
               source.numbers, ", the product of the column's shape"));
  }
}

/// True if two features have the same offsets, or steps of as many values each.
bool same_steps(const RaggedView& a, const RaggedView& b) noexcept {
  const auto same = [](const Offsets& x, const Offsets& y) {
    if (x.count != y.count || x.wide != y.wide) return false;
    const auto bytes = static_cast<std::size_t>(x.count * (x.wide ? 8 : 4));
    return x.data == y.data || bytes == 0 || std::memcmp(x.data, y.data, bytes) == 0;
  };
  return same(a.row_offsets, b.row_offsets) && same(a.step_offsets, b.step_offsets) &&
         (!a.step_offsets.absent() || a.values_per_step == b.values_per_step);
}

/// Refuses the first step of a row that has another number of weights than of values.
void check_weights(const CompiledColumns& columns, const WeightedFeature& pair,
                   const RaggedView& values, const RaggedView& weights, std::int64_t row) {
  const StepRange of_values = steps_of_row(values, row);
  const StepRange of_weights = steps_of_row(weights, row);
  const auto count = [](const RaggedView& view, StepRange steps, std::int64_t step) {
    return step < steps.count ? values_of_step(view, steps.begin + step).count : 0;
  };
  for (std::int64_t step = 0; step < std::max(of_values.count, of_weights.count); ++step) {
    const std::int64_t got = count(weights, of_weights, step);
    const std::int64_t expected = count(values, of_values, step);
    if (got == expected) continue;
    const std::string& key = columns.features[pair.weights].key;
    throw DataError(
        {.row = row, .column = key},
        concat("feature '", key, "': got ", got, " weights in step ", step, ", expected ", expected,
               ", one for each value of feature '", columns.features[pair.values].key,
               "' (column '", columns.names[pair.column], "')"));
  }
}

/// `length(f)` is how long the row is in feature f of a batch. That weights stand beside values was
/// checked before.
template <class Length>
[[noreturn]] void refuse_lengths(const CompiledColumns& columns, const Length& length,
                                 std::int64_t row) {
  std::string lengths;
  const std::size_t first = columns.aligned[0];
  for (const std::size_t f : columns.aligned) {
    if (f != first && length(f) == length(first)) continue;
    if (!lengths.empty()) lengths += ", ";
    lengths += concat("'", columns.first_column(f), "' has ", length(f));
  }
  throw DataError({.row = row}, concat("the lengths of columns differ: ", lengths,
                                       " steps; all columns of a layer need equal lengths"));
}

[[noreturn]] void refuse_length(const CompiledColumns& columns, std::int64_t row,
                                std::int64_t length, std::int64_t max_length) {
  throw DataError({.row = row, .column = columns.features[0].key},
                  concat("got ", length, " steps, expected at most max_length = ", max_length,
                         "; set truncation to keep_first or keep_last to cut rows"));
}

/// The kept steps of all rows, which are the same in every feature.
struct Kept {
  std::int64_t longest = 0;  ///< Of a row.
  std::int64_t steps = 0;
};

template <class Offset>
std::int64_t longest_row(const Offset* offsets, std::int64_t rows) noexcept {
  const auto longer = [offsets](Offset longest, std::int64_t row) {
    const auto length = static_cast<Offset>(offsets[row + 1] - offsets[row]);
    return length > longest ? length : longest;
  };
  Offset a = 0, b = 0, c = 0, d = 0;  // each waits for the one before it; four do not
  std::int64_t row = 0;
  for (; row + 4 <= rows; row += 4) {
    a = longer(a, row);
    b = longer(b, row + 1);
    c = longer(c, row + 2);
    d = longer(d, row + 3);
  }
  for (; row < rows; ++row) a = longer(a, row);
  return std::max({a, b, c, d});
}

/// The common case, told from the row offsets as they are: rows of whole steps, the same in every
/// feature, none cut. Nothing where it is another case, or may be.
std::optional<Kept> rows_as_they_are(const CompiledColumns& columns,
                                     const std::vector<MeasuredFeature>& features, PadRule rule) {
  const Offsets& rows = features[columns.aligned[0]].view.row_offsets;
  const auto size = static_cast<std::size_t>(rows.count * (rows.wide ? 8 : 4));
  for (const std::size_t f : columns.aligned) {
    const MeasuredFeature& feature = features[f];
    const Offsets& other = feature.view.row_offsets;
    if (!feature.view.step_offsets.absent() || other.wide != rows.wide) return std::nullopt;
    if (other.data != rows.data && std::memcmp(other.data, rows.data, size) != 0) {
      return std::nullopt;
    }
  }
  const std::int64_t last = rows.count - 1;
  const std::int64_t longest =
      with_offsets(rows, 0, [&](const auto* offsets) { return longest_row(offsets, last); });
  if (longest > rule.max_length) return std::nullopt;
  return Kept{longest, rows[last] - rows[0]};
}

/// Checks the lengths of one row, in the features of all columns, and returns it.
template <class Length>
std::int64_t checked_length(const CompiledColumns& columns, const LayerOptions& options,
                            const Length& length_in, std::int64_t row) {
  const std::int64_t length = length_in(columns.aligned[0]);
  for (const std::size_t f : columns.aligned) {
    if (length_in(f) != length) refuse_lengths(columns, length_in, row);
  }
  const std::int64_t most = PadRule::of(options).max_length;
  if (length > most && options.truncation == Truncation::error) {
    refuse_length(columns, row, length, most);
  }
  return length;
}

/// Checks that lengths are equal, row by row.
Kept check_lengths(const CompiledColumns& columns, const LayerOptions& options,
                   const std::vector<MeasuredFeature>& features, std::int64_t rows) {
  const PadRule rule = PadRule::of(options);
  if (const auto kept = rows_as_they_are(columns, features, rule)) return *kept;
  const auto length_in = [&](std::int64_t row) {
    return [&, row](std::size_t f) {
      const RaggedView& view = features[f].view;
      return f < columns.features.size() ? length_of(columns.features[f], view, row)
                                         : steps_of_row(view, row).count;
    };
  };
  Kept kept;
  for (std::int64_t row = 0; row < rows; ++row) {
    const std::int64_t length = checked_length(columns, options, length_in(row), row);
    const std::int64_t kept_of_row = std::min(length, rule.max_length);
    kept.longest = std::max(kept.longest, kept_of_row);
    kept.steps += kept_of_row;
  }
  return kept;
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

/// Refuses the first value of `steps` whose id is past the end of the table of column `c`.
void check_ids(const CompiledColumns& columns, std::size_t c, const RaggedView& view,
               StepRange steps) {
  const IdSource& source = columns.data[c].source;
  const std::int64_t end = view.first_value(steps.begin + steps.count);
  for (std::int64_t i = view.first_value(steps.begin); i < end; ++i) {
    const Token token = token_of(view, i);
    const std::int64_t id = id_of(source, token);
    if (id < source.rows) continue;
    const std::int64_t row = last_not_above(view.row_offsets, view.rows(), step_of_value(view, i));
    // As the value says it, where an int64 ends too early.
    const std::string text = id == INT64_MAX && is_huge(token)
                                 ? concat(static_cast<std::uint64_t>(token.integer))
                                 : concat(id);
    throw DataError({.row = row, .column = categorical_of(columns.columns[c]).key()},
                    concat("got id ", text, ", expected less than ", source.rows,
                           "; give the column a default_value, or more buckets"));
  }
}

/// Enters the operands of a cross; `view_of(f)` is the view of feature f.
template <class ViewOf>
void enter(const CompiledColumns& columns, const CrossedFeature& cross, const ViewOf& view_of,
           Operands& operands) {
  operands.clear();
  for (const std::size_t f : cross.operands) operands.add(columns.features[f].key, view_of(f));
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
    enter(columns, columns.crossed[k], view_of, batch.operands);
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

std::int64_t check_row(const CompiledColumns& columns, const LayerOptions& options,
                       std::span<const RaggedView> features, std::int64_t row) {
  const auto view_of = [&](std::size_t f) -> const RaggedView& { return features[f]; };
  for (const WeightedFeature& pair : columns.weighted) {
    check_weights(columns, pair, features[pair.values], features[pair.weights], row);
  }
  Operands operands;
  const auto length_in = [&](std::size_t f) {
    if (f < features.size()) return length_of(columns.features[f], features[f], row);
    enter(columns, columns.crossed[f - features.size()], view_of, operands);
    return length_of_cross(operands, row);
  };
  const std::int64_t length = checked_length(columns, options, length_in, row);
  for (const std::size_t c : columns.partial) {
    if (!columns.data[c].source.may_pass_end()) continue;
    const RaggedView& view = features[static_cast<std::size_t>(columns.data[c].feature)];
    const StepRange steps = steps_of_row(view, row);
    check_ids(columns, c, view, PadRule::of(options).kept(steps.begin, steps.count));
  }
  for (std::size_t f = 0; f < columns.features.size(); ++f) {
    const FeatureSource& source = columns.features[f];
    const RaggedView& view = features[f];
    const StepRange steps = steps_of_row(view, row);
    if (source.numbers == 0 || length_of(source, view, row) != steps.count) continue;  // flat
    check_numbers(source, view, PadRule::of(options).kept(steps.begin, steps.count));
  }
  return length;
}

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

  for (const WeightedFeature& pair : columns.weighted) {
    const RaggedView& values = batch.features[pair.values].view;
    const RaggedView& weights = batch.features[pair.weights].view;
    if (batch.location == Location::device || same_steps(values, weights)) continue;
    for (std::int64_t row = 0; row < rows; ++row) {
      check_weights(columns, pair, values, weights, row);
    }
  }
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
      check_numbers(source, batch.features[f].view, steps);
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
