// SPDX-License-Identifier: Apache-2.0
#include "run/inspect.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <set>
#include <unordered_set>
#include <utility>

#include "backend/concat.hpp"
#include "run/discover.hpp"
#include "run/row_batch.hpp"
#include "run/row_reader.hpp"
#include "run/spool.hpp"
#include "seqfeat/error.hpp"
#include "seqfeat/hash.hpp"
#include "seqfeat/modulo.hpp"
#include "seqfeat/pad.hpp"

namespace seqfeat::run {
namespace {

using detail::concat;

std::uint64_t fingerprint_at(const RaggedView& view, std::int64_t i) {
  if (is_integer(view.dtype)) {
    return fingerprint64_of_integer(integer_at(view.data, view.dtype, i), view.dtype);
  }
  return fingerprint64(string_at(view.data, view.byte_offsets, i));
}

/// A feature's report and the fingerprints of its distinct tokens.
struct Tally {
  FeatureReport report;
  std::unordered_set<std::uint64_t> distinct;

  void add(const RaggedView& view) {
    for (std::int64_t row = 0; row < view.rows(); ++row) {
      const std::int64_t length = steps_of_row(view, row).count;
      report.steps += length;
      report.longest = std::max(report.longest, length);
      ++report.lengths[length_bin(length)];
    }
    report.tokens += view.value_count;
    for (std::int64_t i = 0; i < view.value_count; ++i) distinct.insert(fingerprint_at(view, i));
  }

  void spread(std::int64_t buckets) {
    const FastModulo modulo(static_cast<std::uint64_t>(buckets));
    std::unordered_set<std::uint64_t> occupied;
    for (const std::uint64_t token : distinct) occupied.insert(modulo(token));
    const auto tokens = static_cast<std::int64_t>(distinct.size());
    const auto used = static_cast<std::int64_t>(occupied.size());
    report.buckets.push_back({buckets, used, tokens - used, expected_collisions(tokens, buckets)});
  }
};

void read_through(const Input& input, const ParseSpec& spec, InspectReport& report,
                  std::vector<Tally>& tallies) {
  const auto batch = make_row_batch(input.format, spec, {});
  RowReader reader(input);
  for (; const auto row = reader.next(); ++report.rows) {
    try {
      batch->clear();
      batch->add(*row);
    } catch (const DataError& error) {
      throw error.at(reader.place(reader.file(), reader.number()));
    }
    const Features features = batch->features();
    auto tally = tallies.begin();
    for (const auto& [key, view] : features.views()) (tally++)->add(view);
  }
}

/// The bucket counts to try for a feature: those asked for, and those of its columns.
std::set<std::int64_t> bucket_counts(const std::string& key, const std::vector<Column>& columns,
                                     const std::vector<std::int64_t>& asked) {
  std::set<std::int64_t> counts(asked.begin(), asked.end());
  for (const Column& column : columns) {
    const CategoricalColumn& tokens = categorical_of(column);
    if (tokens.key() == key && tokens.source().kind == IdKind::hash_bucket) {
      counts.insert(tokens.rows());
    }
  }
  return counts;
}

}  // namespace

std::size_t length_bin(std::int64_t length) noexcept {
  return static_cast<std::size_t>(std::bit_width(static_cast<std::uint64_t>(length)));
}

double expected_collisions(std::int64_t distinct, std::int64_t buckets) {
  // distinct - N (1 - (1 - 1/N)^distinct), by functions that stay exact for large N.
  const auto d = static_cast<double>(distinct);
  const auto n = static_cast<double>(buckets);
  return std::max(0.0, d + n * std::expm1(d * std::log1p(-1.0 / n)));
}

InspectReport inspect(Input input, const std::vector<Column>& columns,
                      const std::vector<std::int64_t>& buckets) {
  for (const std::int64_t count : buckets) {
    if (count < 2)
      throw InvalidArgument(concat("--buckets: got ", count, ", expected numbers > 1"));
  }
  Spool spool;
  ParseSpec spec = make_parse_example_spec(columns);
  if (columns.empty()) {
    if (input.format != InputFormat::text) spool.take(input);
    spec = discover(input, {}).spec;
  }
  std::vector<Tally> tallies;
  for (const auto& [key, dtype] : spec) {
    tallies.emplace_back();
    tallies.back().report.key = key;
    tallies.back().report.dtype = dtype;
  }
  InspectReport report;
  read_through(input, spec, report, tallies);
  for (Tally& tally : tallies) {
    tally.report.distinct = static_cast<std::int64_t>(tally.distinct.size());
    for (const std::int64_t count : bucket_counts(tally.report.key, columns, buckets)) {
      tally.spread(count);
    }
    report.features.push_back(std::move(tally.report));
  }
  return report;
}

}  // namespace seqfeat::run
