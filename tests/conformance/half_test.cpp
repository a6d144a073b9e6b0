// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cstring>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "seqfeat/layer.hpp"
#include "seqfeat/lookup.hpp"
#include "tests/conformance/stored_case.hpp"
#include "tests/support/backend_test.hpp"
#include "tests/support/reference.hpp"
#include "tests/support/stored.hpp"

// Tables and outputs of every type: computed in float32 from what is stored, rounded once.

namespace seqfeat::test {
namespace {

class Half : public BackendTest {
 protected:
  /// `count` elements of the backend's memory as floats.
  static std::vector<float> floats_at(const Buffer& buffer, FloatType type, std::int64_t count) {
    return widened(type, to_host(backend(), buffer.as<const std::byte>(), count * size_of(type)));
  }
};

/// Ids of steps of no, one, a few and many values, or of one each.
struct Steps {
  std::vector<std::int64_t> ids;
  std::vector<std::int32_t> offsets{0};
  bool single = false;

  Steps(Rng& rng, std::int64_t rows) : single(rng.once_in(3)) {
    for (std::int64_t s = rng.between(1, 30); s > 0; --s) {
      const std::int64_t n = single ? 1 : rng.once_in(4) ? rng.between(8, 40) : rng.between(0, 4);
      for (std::int64_t i = 0; i < n; ++i) ids.push_back(rng.between(0, rows - 1));
      offsets.push_back(static_cast<std::int32_t>(ids.size()));
    }
  }
  [[nodiscard]] std::int64_t count() const { return std::ssize(offsets) - 1; }
};

std::vector<float> lookup_by_lists(const Steps& steps, std::span<const float> table,
                                   std::int64_t dim, const LookupRule& rule) {
  std::vector<float> answer;
  for (std::size_t s = 0; s + 1 < steps.offsets.size(); ++s) {
    std::vector<std::vector<float>> rows;
    for (std::int32_t i = steps.offsets[s]; i < steps.offsets[s + 1]; ++i) {
      const auto row = table.begin() + steps.ids[static_cast<std::size_t>(i)] * dim;
      rows.emplace_back(row, row + dim);
    }
    const auto vector = rows.empty() ? std::vector<float>(static_cast<std::size_t>(dim))
                                     : combine_by_lists(rows, rule.combiner, rule.max_norm);
    answer.insert(answer.end(), vector.begin(), vector.end());
  }
  return answer;
}

TEST_P(Half, LookupAgreesWithListsForEveryPairOfTypes) {
  for (std::uint64_t seed = 0; seed < 90; ++seed) {
    Rng rng(seed);
    const FloatType in = kFloatTypes[seed % 3];
    const FloatType out = kFloatTypes[seed / 3 % 3];
    SCOPED_TRACE(testing::Message()
                 << "seed " << seed << ", " << to_string(in) << " to " << to_string(out));
    const std::int64_t rows = rng.between(1, 30);
    const std::int64_t dim = rng.once_in(3) ? 8 * rng.between(1, 20) : rng.between(1, 70);
    const std::int64_t out_pitch = dim + (rng.once_in(2) ? 0 : rng.between(1, 9));
    const std::vector<float> floats = random_floats(rng, rows * dim);
    const StoredTable table =
        stored_table(in, floats, dim, dim + (rng.once_in(2) ? 0 : rng.between(1, 9)));
    const Steps steps(rng, rows);
    LookupRule rule{rng.pick({Combiner::mean, Combiner::sum, Combiner::sqrtn}), {}, nullptr, out};
    if (rng.once_in(2)) rule.max_norm = 1.5F;

    const Buffer elements = to_backend<std::byte>(backend(), table.bytes);
    const Buffer ids = to_backend<std::int64_t>(backend(), steps.ids);
    const Buffer offsets = to_backend<std::int32_t>(backend(), steps.offsets);
    const Buffer norms(backend().memory(), std::ssize(steps.ids) * 4, stream());
    const Buffer output(backend().memory(), steps.count() * out_pitch * size_of(out), stream());
    rule.norms = norms.as<float>();
    lookup(backend(), {elements.data(), rows, dim, table.pitch, in}, ids.as<std::int64_t>(),
           std::ssize(steps.ids),
           steps.single ? Offsets{} : Offsets{offsets.data(), std::ssize(steps.offsets), false},
           rule, output.data(), out_pitch, stream());

    const auto wide = floats_at(output, out, steps.count() * out_pitch);
    std::vector<float> got;
    for (auto at = wide.begin(); at != wide.end(); at += out_pitch)
      got.insert(got.end(), at, at + dim);
    const auto expected = lookup_by_lists(steps, rounded(in, floats), dim, rule);
    ASSERT_EQ(difference(got, rounded(out, expected)), "");
  }
}

TEST_P(Half, LayerAgreesWithListsOnRandomBatches) {
  for (std::uint64_t seed = 0; seed < 120; ++seed) {
    Rng rng(2000 + seed);
    const FloatType out = kFloatTypes[seed % 3];
    SCOPED_TRACE(testing::Message() << "seed " << seed << ", to " << to_string(out));
    ASSERT_EQ(StoredCase(random_case(rng), backend(), rng, out).difference_from_lists(), "");
  }
}

/// One column of `dim` elements over rows of up to 60 steps.
Case one_column(Rng& rng, std::int64_t dim, std::int64_t rows) {
  Case c;
  std::vector<std::int64_t> lengths;
  for (std::int64_t b = 0; b < rows; ++b) lengths.push_back(rng.between(0, 60));
  const auto column = embedding_column(sequence_categorical_column_with_hash_bucket("k", 50), dim);
  c.features["k"] = random_feature(rng, DType::string, {.values = 1}, lengths);
  c.tables[column.name()] = random_floats(rng, 50 * dim);
  c.columns.emplace_back(column);
  return c;
}

// Outputs beyond the caches take other stores on the CPU; widths that fill lines take a third way.
TEST_P(Half, LayerWritesOutputsOfManyMegabytes) {
  using enum FloatType;
  std::uint64_t seed = 0;
  for (const std::int64_t dim : {64, 61}) {
    for (const auto& [in, out] :
         {std::pair{bfloat16, bfloat16}, {float16, bfloat16}, {float32, float16}}) {
      SCOPED_TRACE(testing::Message() << dim << ", " << to_string(in) << " to " << to_string(out));
      Rng rng(++seed);
      Case c = one_column(rng, dim, 650);
      c.options.padding_side = rng.pick({PaddingSide::left, PaddingSide::right});
      ASSERT_EQ(StoredCase(std::move(c), backend(), rng, out, in).difference_from_lists(), "");
    }
  }
}

// Beyond 256 (2,048) not every count is a bfloat16 (float16): they are counted first, then rounded.
TEST_P(Half, CountsAreRoundedOnceTheyAreCounted) {
  for (const FloatType out : {FloatType::float16, FloatType::bfloat16}) {
    SCOPED_TRACE(to_string(out));
    Case c;
    c.columns = {indicator_column(sequence_categorical_column_with_hash_bucket("k", 1500))};
    Step step(2051, "a");
    step.insert(step.end(), 259, "b");
    step.insert(step.end(), 257, "c");
    c.features["k"] = {DType::string, {{step, {"a", "b", "b"}}, {{"c"}}}};
    Rng rng(1);
    EXPECT_EQ(StoredCase(c, backend(), rng, out).difference_from_lists(), "");
  }
}

// Signalling NaNs would become quiet ones if anything were computed.
TEST_P(Half, ARowOfItsOwnTypeIsCopiedBitForBit) {
  const std::vector<std::uint16_t> bits = {0x7c01, 0xfd55, 0x7f81, 0xffff, 1, 0x8000};
  const Buffer table = to_backend<std::uint16_t>(backend(), bits);
  const Buffer ids = to_backend<std::int64_t>(backend(), std::vector<std::int64_t>{1, 0});
  for (const FloatType type : {FloatType::float16, FloatType::bfloat16}) {
    const Buffer output(backend().memory(), 12, stream());
    lookup(backend(), {table.data(), 2, 3, 3, type}, ids.as<std::int64_t>(), 2, {},
           {.output_type = type}, output.data(), 0, stream());
    EXPECT_EQ(to_host(backend(), output.as<const std::uint16_t>(), 6),
              (std::vector<std::uint16_t>{0xffff, 1, 0x8000, 0x7c01, 0xfd55, 0x7f81}));
  }
}

SEQFEAT_ON_EVERY_BACKEND(Half);

}  // namespace
}  // namespace seqfeat::test
