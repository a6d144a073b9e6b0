// SPDX-License-Identifier: Apache-2.0
#include "run/inspect.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <map>
#include <set>
#include <utility>

#include "backend/concat.hpp"
#include "layer/number_steps.hpp"
#include "run/advisor/summary_file.hpp"
#include "run/discover.hpp"
#include "run/row_batch.hpp"
#include "run/row_reader.hpp"
#include "run/spool.hpp"
#include "seqfeat/error.hpp"
#include "seqfeat/hash.hpp"
#include "seqfeat/pad.hpp"

namespace seqfeat::run {
namespace {

using detail::concat;

void read_through(const Input& input, const ParseSpec& spec, Inspection& inspection) {
  const auto batch = make_row_batch(input.format, spec, {});
  RowReader reader(input);
  for (; const auto row = reader.next(); ++inspection.rows) {
    try {
      batch->clear();
      batch->add(*row);
    } catch (const DataError& error) {
      throw error.at(reader.place(reader.file(), reader.number()));
    }
    const Features features = batch->features();
    auto tally = inspection.features.begin();
    for (const auto& [key, view] : features.views()) (tally++)->add(view);
  }
}

/// The bucket counts to try for a feature: those asked for, and those of its columns.
std::vector<std::int64_t> sizes_of(const std::string& key, const InspectOptions& options) {
  std::set<std::int64_t> sizes(options.buckets.begin(), options.buckets.end());
  for (const Column& column : options.columns) {
    const CategoricalColumn* tokens = find_categorical(column);
    if (tokens != nullptr && tokens->key() == key && tokens->source().kind == IdKind::hash_bucket) {
      sizes.insert(tokens->rows());
    }
  }
  return {sizes.begin(), sizes.end()};
}

/// What the sum of several summaries of a feature has to hold.
struct Plan {
  DType dtype = DType::string;
  SummaryBounds bounds;
  std::set<std::int64_t> sizes;
};

std::map<std::string, Plan> plans_of(const std::vector<Inspection>& parts,
                                     const InspectOptions& options) {
  std::map<std::string, Plan> plans;
  for (const Inspection& part : parts) {
    for (const FeatureTally& feature : part.features) {
      const TokenSummary& summary = feature.summary;
      const auto [at, is_new] =
          plans.try_emplace(feature.key, Plan{feature.dtype, summary.bounds(), {}});
      Plan& plan = at->second;
      if (is_new) {
        const std::vector<std::int64_t> sizes = sizes_of(feature.key, options);
        plan.sizes.insert(sizes.begin(), sizes.end());
      }
      plan.bounds.tokens = std::min(plan.bounds.tokens, summary.bounds().tokens);
      plan.bounds.buckets = std::min(plan.bounds.buckets, summary.bounds().buckets);
      plan.sizes.insert(summary.sizes().begin(), summary.sizes().end());
    }
  }
  return plans;
}

/// Throws InvalidArgument unless `part`, of `file`, can be added to `sum`.
void check_mergeable(const FeatureTally& part, const FeatureTally& sum, const std::string& file) {
  const std::string place = concat(file, ": ", part.key, ": ");
  if (part.dtype != sum.dtype && part.tokens > 0 && sum.tokens > 0) {
    throw InvalidArgument(concat(place, "got ", to_string(part.dtype), ", expected ",
                                 to_string(sum.dtype), " as in the files before"));
  }
  if (part.summary.exact()) return;
  const std::vector<std::int64_t>& known = part.summary.sizes();
  for (const std::int64_t size : sum.summary.sizes()) {
    if (std::binary_search(known.begin(), known.end(), size)) continue;
    throw InvalidArgument(concat(place, "got estimates without ", size,
                                 " buckets, expected all sizes that are asked about; make it again "
                                 "with --buckets ",
                                 size));
  }
}

/// The shortest digits that read back as the number.
std::string text_of(float number) {
  std::array<char, 32> digits;  // NOLINT(cppcoreguidelines-pro-type-member-init)
  const auto end = std::to_chars(digits.begin(), digits.end(), number).ptr;
  return {digits.begin(), end};
}

/// How many numbers of a flat row make a step of the feature: 1 but for numeric columns.
std::int64_t numbers_of(const std::string& key, const InspectOptions& options) {
  for (const Column& column : options.columns) {
    const auto* numeric = std::get_if<NumericColumn>(&column);
    if (numeric != nullptr && numeric->key() == key) return numeric->width();
  }
  return 1;
}

void check(const InspectOptions& options) {
  for (const std::int64_t count : options.buckets) {
    if (count < 2)
      throw InvalidArgument(concat("--buckets: got ", count, ", expected numbers > 1"));
  }
}

}  // namespace

std::size_t length_bin(std::int64_t length) noexcept {
  return static_cast<std::size_t>(std::bit_width(static_cast<std::uint64_t>(length)));
}

void FeatureTally::add(const RaggedView& view) {
  for (std::int64_t row = 0; row < view.rows(); ++row) {
    const std::int64_t length = detail::length_in_numbers(view, numbers, row);
    steps += length;
    longest = std::max(longest, length);
    ++lengths.at(length_bin(length));
  }
  tokens += view.value_count;
  for (std::int64_t i = 0; i < view.value_count; ++i) {
    if (is_float(view.dtype)) {
      const std::string text = text_of(float_at(view.data, view.dtype, i));
      summary.add(fingerprint64(text), [&] { return text; });
    } else if (is_integer(view.dtype)) {
      const auto value = integer_at(view.data, view.dtype, i);
      summary.add(fingerprint64_of_integer(value, view.dtype), [&] {
        return view.dtype == DType::uint64 ? std::to_string(static_cast<std::uint64_t>(value))
                                           : std::to_string(static_cast<std::int64_t>(value));
      });
    } else {
      const std::string_view value = string_at(view.data, view.byte_offsets, i);
      summary.add(fingerprint64(value), [&] { return value; });
    }
  }
}

void FeatureTally::merge(const FeatureTally& other) {
  if (tokens == 0) dtype = other.dtype;
  steps += other.steps;
  tokens += other.tokens;
  longest = std::max(longest, other.longest);
  for (std::size_t bin = 0; bin < kBins; ++bin) lengths.at(bin) += other.lengths.at(bin);
  summary.merge(other.summary);
}

Inspection inspect(Input input, const InspectOptions& options) {
  check(options);
  Spool spool;
  ParseSpec spec = make_parse_example_spec(options.columns);
  if (options.columns.empty()) {
    if (input.format != InputFormat::text) spool.take(input);
    spec = discover(input, {}).spec;
  }
  Inspection inspection;
  for (const auto& [key, dtype] : spec) {
    inspection.features.emplace_back(key, dtype, options.bounds, sizes_of(key, options));
    inspection.features.back().numbers = numbers_of(key, options);
  }
  read_through(input, spec, inspection);
  return inspection;
}

Inspection merge_summaries(const std::vector<std::string>& files, const InspectOptions& options) {
  check(options);
  std::vector<Inspection> parts;
  for (const std::string& file : files) parts.push_back(load_summary(file));
  std::map<std::string, FeatureTally> sums;
  for (auto& [key, plan] : plans_of(parts, options)) {
    const std::vector<std::int64_t> sizes(plan.sizes.begin(), plan.sizes.end());
    sums.try_emplace(key, key, plan.dtype, plan.bounds, sizes);
  }
  Inspection total;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    total.rows += parts[i].rows;
    for (auto& [key, sum] : sums) {
      const auto part = std::ranges::find(parts[i].features, key, &FeatureTally::key);
      if (part == parts[i].features.end()) {
        sum.lengths.front() += parts[i].rows;  // rows without the feature are empty ones
        continue;
      }
      check_mergeable(*part, sum, files[i]);
      sum.merge(*part);
    }
  }
  for (auto& [key, sum] : sums) total.features.push_back(std::move(sum));
  return total;
}

}  // namespace seqfeat::run
