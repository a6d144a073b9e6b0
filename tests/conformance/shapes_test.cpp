// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "backend/tuning.hpp"
#include "tests/conformance/stored_case.hpp"
#include "tests/conformance/stored_lookup.hpp"
#include "tests/support/backend_test.hpp"
#include "tests/support/reference.hpp"
#include "tests/support/stored.hpp"

// Every shape of row in every way: kernels have code of their own for each width of a vector, each
// pair of types, single values and several, places that meet and places with gaps, ids of both
// widths, stores of both kinds.

namespace seqfeat::test {
namespace {

class Shapes : public BackendTest {};

/// Which of the shapes are taken: all, or where code is instrumented and slow every fifth.
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
constexpr std::uint64_t kEvery = 5;
#else
constexpr std::uint64_t kEvery = 1;
#endif

/// Rows so wide that a thread of a device copies many vectors; those are taken as they are stored.
constexpr std::int64_t kWide = 134;
constexpr std::array<std::int64_t, 12> kDims = {1, 2, 3, 4, 6, 8, 12, 16, 24, 40, kWide, 520};
constexpr std::int64_t kTableRows = 30;  // of a layer

/// Stores of one kind or the other, by blocks of few slots or of many, by each kernel that can.
class Schedule {
 public:
  explicit Schedule(Rng& rng)
      : stores_(detail::Knob::streaming_stores, rng.pick<std::int64_t>({0, 2})),
        slots_(detail::Knob::slots_per_block, rng.pick<std::int64_t>({0, 24, 256})),
        copy_kernel_(detail::Knob::copy_kernel, rng.once_in(4) ? 0 : 1) {}

 private:
  detail::Tuned stores_;
  detail::Tuned slots_;
  detail::Tuned copy_kernel_;
};

/// A lookup of `steps` steps of one id or of up to 21, in a schedule by chance.
std::string lookup_differs(const Backend& backend, Rng& rng, FloatType in, FloatType out,
                           std::int64_t dim, std::int64_t steps, bool single, bool gaps) {
  StoredLookup c(rng, in, out, dim);
  if (gaps) {
    c.pitch += rng.between(1, 5);
    c.out_pitch += rng.between(1, 5);
  }
  if (rng.once_in(3)) c.rule.max_norm = 1.5F;
  const bool outside = backend.on_device() && rng.once_in(2);
  if (single) {
    c.add_ids(rng, steps, outside);
  } else {
    for (std::int64_t s = 0; s < steps; ++s) {
      c.add_step(rng, rng.pick<std::int64_t>({0, 1, 2, 7, 8, 9, 21}), outside);
    }
  }
  const Schedule schedule(rng);
  return c.difference_from_lists(backend);
}

TEST_P(Shapes, OfLookupsAgreeWithLists) {
  std::uint64_t seed = 0;
  for (const std::int64_t dim : kDims) {
    for (int pair = 0; pair < 9; ++pair) {
      const FloatType in = kFloatTypes[pair % 3];
      const FloatType out = kFloatTypes[pair / 3];
      if (dim >= kWide && in != out) continue;
      for (int way = 0; way < 4; ++way) {
        for (const bool large : {false, true}) {
          if (++seed % kEvery != 0) continue;
          Rng rng(seed);
          SCOPED_TRACE(testing::Message() << dim << ", " << to_string(in) << " to "
                                          << to_string(out) << ", way " << way << ", " << large);
          const std::int64_t steps = large ? 40000 / (dim * size_of(out)) + 1 : rng.between(1, 70);
          ASSERT_EQ(lookup_differs(backend(), rng, in, out, dim, steps, way % 2 == 0, way / 2 == 1),
                    "");
        }
      }
    }
  }
}

/// A column of `dim` elements, or of an indicator, over rows of up to `steps` steps.
void add_column(Case& c, Rng& rng, const std::string& key, std::int64_t dim, bool indicator,
                std::int64_t values, std::vector<std::int64_t>& lengths) {
  c.features[key] =
      random_feature(rng, rng.pick({DType::string, DType::int64}), {.values = values}, lengths);
  const auto categorical = sequence_categorical_column_with_hash_bucket(
      key, indicator ? std::max<std::int64_t>(dim, 2) : kTableRows, c.features[key].dtype);
  if (indicator) {
    c.columns.emplace_back(indicator_column(categorical));
    return;
  }
  EmbeddingOptions options;
  options.combiner = rng.pick({Combiner::mean, Combiner::sum, Combiner::sqrtn});
  if (rng.once_in(5)) options.max_norm = 1.0;
  const auto column = embedding_column(categorical, dim, options);
  c.tables[column.name()] = random_floats(rng, kTableRows * dim);
  c.columns.emplace_back(column);
}

/// Rows long enough for an output that does not fit a cache, or a few short ones.
std::vector<std::int64_t> lengths_of(Rng& rng, bool many) {
  std::vector<std::int64_t> lengths(static_cast<std::size_t>(many ? rng.between(60, 90) : 4));
  for (std::int64_t& length : lengths) length = rng.between(0, many ? 50 : 12);
  return lengths;
}

TEST_P(Shapes, OfLayersAgreeWithLists) {
  std::uint64_t seed = 5000;
  for (const std::int64_t dim : kDims) {
    for (int pair = 0; pair < 9; ++pair) {
      const FloatType in = kFloatTypes[pair % 3];
      const FloatType out = kFloatTypes[pair / 3];
      if (dim >= kWide && in != out) continue;
      for (int way = 0; way < 8; ++way) {
        if (++seed % kEvery != 0) continue;
        Rng rng(seed);
        SCOPED_TRACE(testing::Message() << dim << ", " << to_string(in) << " to " << to_string(out)
                                        << ", way " << way);
        std::vector<std::int64_t> lengths = lengths_of(rng, way / 4 == 1 && rng.once_in(4));
        Case c;
        c.options.padding_side = rng.pick({PaddingSide::left, PaddingSide::right});
        const std::int64_t columns = way % 2 == 0 ? 1 : rng.between(2, 5);
        for (std::int64_t k = 0; k < columns; ++k) {
          add_column(c, rng, "k" + std::to_string(k),
                     k == 0 ? dim : rng.pick<std::int64_t>({1, 2, 5, 8, 16}), rng.once_in(4),
                     way / 2 % 2 == 0 ? 1 : 3, lengths);
        }
        StoredCase stored(std::move(c), backend(), rng, out,
                          rng.once_in(4) ? std::nullopt : std::optional(in));
        if (rng.once_in(5)) stored.shift_values();
        const Schedule schedule(rng);
        ASSERT_EQ(stored.difference_from_lists(rng.between(1, 2)), "");
      }
    }
  }
}

SEQFEAT_ON_EVERY_BACKEND(Shapes);

}  // namespace
}  // namespace seqfeat::test
