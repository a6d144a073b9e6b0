// SPDX-License-Identifier: Apache-2.0
#include "layer/check_rows.hpp"

#include <algorithm>
#include <cstring>
#include <optional>
#include <string>

#include "backend/concat.hpp"
#include "layer/number_steps.hpp"
#include "layer/rebase.hpp"
#include "seqfeat/error.hpp"

namespace seqfeat::detail {
namespace {

/// The steps of a row of a feature as it came in.
std::int64_t length_of(const FeatureSource& source, const RaggedView& view, std::int64_t row) {
  return source.numbers > 1 ? length_in_numbers(view, source.numbers, row)
                            : steps_of_row(view, row).count;
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

}  // namespace

void check_weights(const CompiledColumns& columns, const std::vector<MeasuredFeature>& features,
                   std::int64_t rows) {
  for (const WeightedFeature& pair : columns.weighted) {
    const RaggedView& values = features[pair.values].view;
    const RaggedView& weights = features[pair.weights].view;
    if (same_steps(values, weights)) continue;
    for (std::int64_t row = 0; row < rows; ++row) {
      check_weights(columns, pair, values, weights, row);
    }
  }
}

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

void check_numbers_of_steps(const FeatureSource& source, const RaggedView& view, StepRange steps) {
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

std::int64_t check_row(const CompiledColumns& columns, const LayerOptions& options,
                       std::span<const RaggedView> features, std::int64_t row) {
  const auto view_of = [&](std::size_t f) -> const RaggedView& { return features[f]; };
  for (const WeightedFeature& pair : columns.weighted) {
    check_weights(columns, pair, features[pair.values], features[pair.weights], row);
  }
  Operands operands;
  const auto length_in = [&](std::size_t f) {
    if (f < features.size()) return length_of(columns.features[f], features[f], row);
    enter_operands(columns, columns.crossed[f - features.size()], view_of, operands);
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
    check_numbers_of_steps(source, view, PadRule::of(options).kept(steps.begin, steps.count));
  }
  return length;
}

}  // namespace seqfeat::detail
