// SPDX-License-Identifier: Apache-2.0
#include "seqfeat/lookup.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>

#include "seqfeat/combine.hpp"
#include "seqfeat/error.hpp"
#include "tests/support/backend_test.hpp"
#include "tests/support/random.hpp"
#include "tests/support/reference.hpp"

namespace seqfeat::test {
namespace {

class Lookup : public BackendTest {};

TEST_P(Lookup, CombinesTheRowsOfEveryStep) {
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    SCOPED_TRACE(seed);
    Rng rng(seed);
    const std::int64_t rows = rng.between(1, 30);
    const std::int64_t dim = rng.between(1, 70);
    const std::int64_t pitch = dim + rng.between(0, 3);
    const std::int64_t out_pitch = dim + rng.between(0, 5);
    const std::int64_t steps = rng.between(0, 40);
    const bool single = rng.once_in(4);
    std::vector<float> table(static_cast<std::size_t>(rows * pitch));
    for (float& v : table) v = rng.real();
    std::vector<std::int64_t> ids;
    std::vector<std::int32_t> offsets{0};
    for (std::int64_t s = 0; s < steps; ++s) {
      const std::int64_t n = single ? 1 : rng.once_in(5) ? rng.between(8, 40) : rng.between(0, 4);
      for (std::int64_t i = 0; i < n; ++i) ids.push_back(rng.between(0, rows - 1));
      offsets.push_back(static_cast<std::int32_t>(ids.size()));
    }
    LookupRule rule{rng.pick({Combiner::mean, Combiner::sum, Combiner::sqrtn}), {}, nullptr};
    if (rng.once_in(2)) rule.max_norm = 1.5F;

    std::vector<float> expected(static_cast<std::size_t>(steps * dim));
    for (std::int64_t s = 0; s < steps; ++s) {
      const auto at = static_cast<std::size_t>(s);
      for (std::int64_t d = 0; d < dim; ++d) {
        expected[static_cast<std::size_t>(s * dim + d)] =
            combine(rule.combiner, offsets[at + 1] - offsets[at], [&](std::int64_t i) {
              const float* row =
                  table.data() + ids[static_cast<std::size_t>(offsets[at] + i)] * pitch;
              if (!rule.max_norm) return row[d];
              const auto element = [&](std::int64_t e) { return row[e]; };
              const float norm = norm_from_lanes(
                  dim, element, [&](int lane) { return squares_of_lane(lane, dim, element); });
              return clip(row[d], norm, *rule.max_norm);
            });
      }
    }

    const Buffer table_memory = to_backend<float>(backend(), table);
    const Buffer ids_memory = to_backend<std::int64_t>(backend(), ids);
    const Buffer offsets_memory = to_backend<std::int32_t>(backend(), offsets);
    Buffer norms(backend().memory(), std::ssize(ids) * 4, stream());
    Buffer out(backend().memory(), steps * out_pitch * 4, stream());
    rule.norms = norms.as<float>();
    lookup(backend(), {table_memory.as<float>(), rows, dim, pitch}, ids_memory.as<std::int64_t>(),
           std::ssize(ids),
           single ? Offsets{} : Offsets{offsets_memory.data(), std::ssize(offsets), false}, rule,
           out.as<float>(), out_pitch, stream());
    const auto wide = to_host(backend(), out.as<float>(), steps * out_pitch);
    std::vector<float> got;
    for (std::int64_t s = 0; s < steps; ++s) {
      got.insert(got.end(), wide.begin() + s * out_pitch, wide.begin() + s * out_pitch + dim);
    }
    ASSERT_EQ(difference(got, expected), "");
  }
}

TEST_P(Lookup, TakesIdsOf32Bits) {
  const std::vector<float> table = {1, 2, 3, 4, 5, 6};
  const std::vector<std::int32_t> ids = {2, 0, 1, 2};
  const std::vector<std::int32_t> offsets = {0, 1, 1, 4};
  const Buffer table_memory = to_backend<float>(backend(), table);
  const Buffer ids_memory = to_backend<std::int32_t>(backend(), ids);
  const Buffer offsets_memory = to_backend<std::int32_t>(backend(), offsets);
  const Buffer norms(backend().memory(), 4 * 4, stream());
  const Buffer out(backend().memory(), 8 * 4, stream());
  const TableView view{table_memory.data(), 3, 2, 0};
  const auto run = [&](Offsets step_offsets, const LookupRule& rule) {
    lookup(backend(), view, ids_memory.as<std::int32_t>(), 4, step_offsets, rule, out.data(), 0,
           stream());
    return to_host(backend(), out.as<const float>(), step_offsets.absent() ? 8 : 6);
  };
  const Offsets steps{offsets_memory.data(), 4, false};
  EXPECT_EQ(run({}, {}), (std::vector<float>{5, 6, 1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(run(steps, {Combiner::sum}), (std::vector<float>{5, 6, 0, 0, 9, 12}));
  EXPECT_EQ(run(steps, {Combiner::sum, 100.0F, norms.as<float>()}),
            (std::vector<float>{5, 6, 0, 0, 9, 12}));
}

TEST_P(Lookup, GivesZerosOrAnErrorForAnIdOutsideTheTable) {
  const std::vector<float> table = {1, 2, 3, 4};
  const std::vector<std::int64_t> ids = {1, 2, -1};
  const Buffer table_memory = to_backend<float>(backend(), table);
  const Buffer ids_memory = to_backend<std::int64_t>(backend(), ids);
  Buffer out(backend().memory(), 6 * 4, stream());
  const auto run = [&] {
    lookup(backend(), {table_memory.as<float>(), 2, 2, 0}, ids_memory.as<std::int64_t>(), 3, {}, {},
           out.as<float>(), 0, stream());
  };
  if (!backend().on_device()) {
    EXPECT_THROW(run(), DataError);
    return;
  }
  run();
  EXPECT_EQ(
      difference(to_host(backend(), out.as<float>(), 6), std::vector<float>{3, 4, 0, 0, 0, 0}), "");
  const std::vector<std::int32_t> one_step = {0, 3};
  const Buffer offsets = to_backend<std::int32_t>(backend(), one_step);
  const Buffer norms(backend().memory(), 3 * 4, stream());
  for (const std::optional<float> max_norm : {std::optional<float>(), std::optional(0.0F)}) {
    lookup(backend(), {table_memory.as<float>(), 2, 2, 0}, ids_memory.as<std::int64_t>(), 3,
           {offsets.data(), 2, false}, {Combiner::sum, max_norm, norms.as<float>()},
           out.as<float>(), 0, stream());
    const std::vector<float> expected =
        max_norm ? std::vector<float>{0, 0} : std::vector<float>{3, 4};
    EXPECT_EQ(difference(to_host(backend(), out.as<float>(), 2), expected), "");
  }
}

// Wider than what is read in place of a row.
TEST_P(Lookup, GivesZeroRowsOfAnyWidthForIdsOutsideTheTable) {
  if (!backend().on_device()) GTEST_SKIP() << "the host refuses such ids";
  for (const std::int64_t dim : {3, 8, 20, 64}) {
    SCOPED_TRACE(dim);
    std::vector<float> table;
    for (std::int64_t d = 0; d < 2 * dim; ++d) table.push_back(static_cast<float>(d + 1));
    const std::vector<std::int64_t> ids = {1, 2, -1, INT64_MIN, 0, INT64_MAX, 1};
    const std::vector<std::int32_t> offsets = {0, 1, 2, 5, 7};
    std::vector<float> expected;
    for (const std::int64_t row : {1, -1, 0, 1}) {  // the sums have one row each, or none
      for (std::int64_t d = 0; d < dim; ++d) {
        expected.push_back(row < 0 ? 0.0F : table[static_cast<std::size_t>(row * dim + d)]);
      }
    }
    const Buffer table_memory = to_backend<float>(backend(), table);
    const Buffer ids_memory = to_backend<std::int64_t>(backend(), ids);
    const Buffer offsets_memory = to_backend<std::int32_t>(backend(), offsets);
    const Buffer out(backend().memory(), 4 * dim * 4, stream());
    lookup(backend(), {table_memory.data(), 2, dim, 0}, ids_memory.as<std::int64_t>(), 7,
           {offsets_memory.data(), 5, false}, {Combiner::sum}, out.data(), 0, stream());
    EXPECT_EQ(difference(to_host(backend(), out.as<const float>(), 4 * dim), expected), "");
  }
}

TEST_P(Lookup, RefusesSizesThatDisagree) {
  float cell = 0;
  const auto run = [&](const TableView& table, std::int64_t count, const LookupRule& rule) {
    constexpr std::int64_t* kNoIds = nullptr;
    lookup(backend(), table, kNoIds, count, {}, rule, &cell, 0, stream());
  };
  EXPECT_THROW(run({&cell, 0, 1, 0}, 0, {}), InvalidArgument);
  EXPECT_THROW(run({&cell, 1, 0, 0}, 0, {}), InvalidArgument);
  EXPECT_THROW(run({&cell, 1, 4, 2}, 0, {}), InvalidArgument);
  run({&cell, 1, INT32_MAX, 0}, 0, {});
  EXPECT_THROW(run({&cell, 1, std::int64_t{INT32_MAX} + 1, 0}, 0, {}), InvalidArgument);
  EXPECT_THROW(run({nullptr, 1, 1, 0}, 0, {}), InvalidArgument);
  EXPECT_THROW(run({&cell, 1, 1, 0}, -1, {}), InvalidArgument);
  EXPECT_THROW(run({&cell, 1, 1, 0}, 1, {}), InvalidArgument);
  for (const float bad : {-1.0F, std::nanf(""), std::numeric_limits<float>::infinity()}) {
    EXPECT_THROW(run({&cell, 1, 1, 0}, 0, {Combiner::sum, bad, nullptr}), InvalidArgument);
  }
}

TEST_P(Lookup, RefusesPointersBetweenElements) {
  alignas(4) std::array<std::byte, 64> memory{};
  const auto run = [&](std::size_t table, FloatType type, std::size_t output, FloatType to) {
    constexpr std::int64_t* kNoIds = nullptr;
    lookup(backend(), {memory.data() + table, 1, 1, 0, type}, kNoIds, 0, {}, {.output_type = to},
           memory.data() + output, 0, stream());
  };
  run(2, FloatType::float16, 2, FloatType::bfloat16);
  EXPECT_THROW(run(2, FloatType::float32, 0, FloatType::float32), InvalidArgument);
  EXPECT_THROW(run(1, FloatType::float16, 0, FloatType::float32), InvalidArgument);
  EXPECT_THROW(run(0, FloatType::float32, 2, FloatType::float32), InvalidArgument);
  EXPECT_THROW(run(0, FloatType::float32, 3, FloatType::bfloat16), InvalidArgument);
}

SEQFEAT_ON_EVERY_BACKEND(Lookup);

}  // namespace
}  // namespace seqfeat::test
