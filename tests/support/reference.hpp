// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "seqfeat/seqfeat.hpp"
#include "tests/support/random.hpp"

// What the layer should answer, said with lists and plain loops rather than with the library's own
// functions, and random batches to ask it about.

namespace seqfeat::test {

/// A value as its type's text: the string itself, the integer's decimal digits, or the shortest
/// ones of a float.
using Token = std::string;
using Step = std::vector<Token>;
using Row = std::vector<Step>;

/// One feature of a batch: its rows as lists.
struct ListFeature {
  DType dtype = DType::string;
  std::vector<Row> rows;

  [[nodiscard]] Ragged pack() const;
};

/// A layer and a batch for it.
struct Case {
  std::vector<Column> columns;
  LayerOptions options;
  std::map<std::string, ListFeature> features;       // by key
  std::map<std::string, std::vector<float>> tables;  // by name, [rows, dimension]

  [[nodiscard]] Features pack() const;
  /// The layer on `backend` with the tables bound.
  [[nodiscard]] SequenceFeatures layer(const Backend& backend) const;
};

/// The rows of a feature in steps: as many numbers of a flat row as the numeric column of that key
/// takes are one.
[[nodiscard]] std::vector<Row> rows_of(const Case& c, const std::string& key);

/// The layer's answer.
struct Answer {
  std::int64_t rows = 0;
  std::int64_t width = 0;
  std::vector<float> values;
  std::vector<std::int64_t> lengths;
  std::vector<std::uint8_t> mask;
  std::map<std::string, std::vector<std::int64_t>> ids;
};
[[nodiscard]] Answer answer_by_lists(const Case& c);
/// The kept steps of a padded output, `width` slots a row: row behind row, without the padding.
template <class T>
[[nodiscard]] std::vector<T> without_padding(std::span<const T> padded,
                                             std::span<const std::int64_t> lengths,
                                             std::int64_t width, PaddingSide side) {
  std::vector<T> kept;
  const std::int64_t dim =
      lengths.empty() || width == 0 ? 0 : std::ssize(padded) / std::ssize(lengths) / width;
  auto row = padded.begin();
  for (const std::int64_t length : lengths) {
    const auto first = row + (side == PaddingSide::left ? (width - length) * dim : 0);
    kept.insert(kept.end(), first, first + length * dim);
    row += width * dim;
  }
  return kept;
}
/// The vector of one step from its rows, of which there is one at least.
[[nodiscard]] std::vector<float> combine_by_lists(std::vector<std::vector<float>> rows,
                                                  Combiner combiner,
                                                  std::optional<double> max_norm);

/// The same of rows that each have a weight: those that the combiner leaves out do not count, and
/// where nothing is left the answer is empty.
[[nodiscard]] std::vector<float> combine_weighted_by_lists(std::vector<std::vector<float>> rows,
                                                           std::vector<float> weights,
                                                           Combiner combiner,
                                                           std::optional<double> max_norm);

/// "" if the batch is what the answer says, bit for bit, else the first difference.
[[nodiscard]] std::string difference(const Batch& batch, const Answer& expected);
/// The same of values alone; any NaN equals any NaN.
[[nodiscard]] std::string difference(std::span<const float> got, std::span<const float> expected);

/// How large random cases get.
struct CaseLimits {
  std::int64_t rows = 8;
  std::int64_t steps = 9;
  std::int64_t values = 4;
  std::int64_t columns = 4;
  std::int64_t dimension = 20;
  bool flat_numbers = true;  ///< Numbers may come without steps, which a device does not take.
  bool crosses = true;       ///< Columns may cross features, whose steps a device does not make.
};
/// A layer with random columns, options and features; valid by construction.
[[nodiscard]] Case random_case(Rng& rng, const CaseLimits& limits = {});
/// The same with a T that is known before the batch is, as on a device it must be.
[[nodiscard]] Case random_case_of_known_length(std::uint64_t seed);

/// A value of type `dtype`.
[[nodiscard]] Token random_token(Rng& rng, DType dtype);

/// Other values for the feature `key` of a case; `lengths` as below.
[[nodiscard]] ListFeature random_feature_like(Rng& rng, const Case& c, const std::string& key,
                                              const CaseLimits& limits,
                                              std::vector<std::int64_t>& lengths);
/// A feature with `rows` rows of at most `steps` steps of at most `values` values; `lengths` holds
/// each row's length (1 + the last step with a value) and is made if it is empty.
[[nodiscard]] ListFeature random_feature(Rng& rng, DType dtype, const CaseLimits& limits,
                                         std::vector<std::int64_t>& lengths);

}  // namespace seqfeat::test
