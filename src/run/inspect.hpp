// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "run/advisor/token_summary.hpp"
#include "run/input.hpp"
#include "seqfeat/column.hpp"
#include "seqfeat/ragged.hpp"

namespace seqfeat::run {

/// What one feature holds.
struct FeatureTally {
  static constexpr std::size_t kBins = 65;

  FeatureTally(std::string name, DType type, SummaryBounds bounds, std::vector<std::int64_t> sizes)
      : key(std::move(name)), dtype(type), summary(bounds, std::move(sizes)) {}

  std::string key;
  DType dtype;
  std::int64_t steps = 0;
  std::int64_t tokens = 0;
  std::int64_t longest = 0;
  std::int64_t numbers = 1;                   ///< Values of a flat row that make a step.
  std::array<std::int64_t, kBins> lengths{};  ///< Rows by length: 0, 1, 2-3, 4-7, 8-15, …
  TokenSummary summary;

  void add(const RaggedView& view);
  void merge(const FeatureTally& other);
};

struct Inspection {
  std::int64_t rows = 0;
  std::vector<FeatureTally> features;  ///< By key.
};

/// What to look for.
struct InspectOptions {
  std::vector<Column> columns;        ///< Whose features; without any, those of the input.
  std::vector<std::int64_t> buckets;  ///< Sizes to try, besides those of the columns.
  SummaryBounds bounds{};
};

/// The bin of a length in `FeatureTally::lengths`.
[[nodiscard]] std::size_t length_bin(std::int64_t length) noexcept;

/// Reads all of the input. Without columns, discovers its features first.
///
/// Memory   Bounded for each feature by `bounds`.
/// Throws   InvalidArgument, DataError with FILE:NUMBER in front.
[[nodiscard]] Inspection inspect(Input input, const InspectOptions& options);

/// Adds up the summaries in files that `save_summary` wrote.
///
/// `bounds` are the smallest ones of the files.
/// Throws   DataError naming the file; InvalidArgument if a file holds estimates, and none for a
///          size that is asked about or that another file has.
[[nodiscard]] Inspection merge_summaries(const std::vector<std::string>& files,
                                         const InspectOptions& options);

}  // namespace seqfeat::run
