// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <vector>

#include "backend/tuning.hpp"
#include "tests/conformance/stored_lookup.hpp"

// Lookups of steps of thousands of ids, which kernels cut among blocks.

namespace seqfeat::test {
namespace {

constexpr std::int64_t kLong = 4096;

class LongLookup : public BackendTest {};

/// A lookup of rows of `dim` elements. The output has gaps between its steps and begins one element
/// behind the most aligned place, or elements meet and are as aligned as can be.
StoredLookup long_lookup(Rng& rng, FloatType in, FloatType out, std::int64_t dim, bool gaps) {
  StoredLookup c(rng, in, out, dim);
  if (gaps) {
    c.shift = 1;
    c.pitch += rng.pick<std::int64_t>({0, 1, 6});
    c.out_pitch += rng.pick<std::int64_t>({1, 4});
  }
  return c;
}
StoredLookup any_long_lookup(Rng& rng) {
  const FloatType in = kFloatTypes[rng.between(0, 2)];
  return long_lookup(rng, in, rng.pick({FloatType::float32, in}),
                     rng.pick<std::int64_t>({1, 2, 6, 16, 20, 33}), rng.once_in(2));
}

TEST_P(LongLookup, AgreesWithListsAndLeavesGapsAlone) {
  std::uint64_t seed = 200;
  for (const std::int64_t dim : {2, 33, 16, 6}) {
    for (const FloatType in : kFloatTypes) {
      for (const bool clips : {false, true}) {
        Rng rng(++seed);
        const FloatType out = kFloatTypes[rng.between(0, 2)];
        StoredLookup c = long_lookup(rng, in, out, dim, dim == 6 || rng.once_in(2));
        if (clips) c.rule.max_norm = 1.5F;
        SCOPED_TRACE(testing::Message() << "seed " << seed << ", " << dim << " of " << to_string(in)
                                        << " to " << to_string(out));
        for (const std::int64_t count :
             {std::int64_t{5}, kLong + rng.between(1, 3000), std::int64_t{0}, kLong,
              2 * kLong + rng.between(0, 3000), rng.between(0, 2), kLong + 1}) {
          c.add_step(rng, count, backend().on_device() && rng.once_in(2));
        }
        ASSERT_EQ(c.difference_from_lists(backend()), "");
      }
    }
  }
}

// Kernels have code of their own for each of these.
TEST_P(LongLookup, OfEveryTypeAgreesWithLists) {
  std::uint64_t seed = 300;
  for (const FloatType in : kFloatTypes) {
    for (const FloatType out : kFloatTypes) {
      for (int way = 0; way < 24; ++way) {
        Rng rng(++seed);
        StoredLookup c = long_lookup(rng, in, out, way % 3 == 0 ? 1 : 2, false);
        if (way % 3 == 2) ++c.pitch;  // rows of the table are less aligned than steps
        c.wide_ids = way / 3 % 2 == 0;
        if (way / 6 % 2 == 0) c.rule.max_norm = 1.5F;
        c.rule.combiner = rng.pick({Combiner::sum, Combiner::mean});
        SCOPED_TRACE(testing::Message()
                     << "way " << way << ", " << to_string(in) << " to " << to_string(out));
        c.add_step(rng, kLong + rng.between(1, 500), backend().on_device());
        const detail::Tuned stores(detail::Knob::streaming_stores, way / 12 == 0 ? 0 : 2);
        ASSERT_EQ(c.difference_from_lists(backend()), "");
      }
    }
  }
}

// On a device nobody has checked the offsets: a step may begin before the one in front of it ends,
// or lead outside the ids.
TEST_P(LongLookup, WritesEveryCellWhateverOffsetsSay) {
  if (!backend().on_device()) GTEST_SKIP() << "the host checks its offsets";
  constexpr std::int64_t kFar = std::int64_t{1} << 40;
  for (const std::vector<std::int64_t>& offsets :
       {std::vector<std::int64_t>{0, 5000, 10, 9000, 9001},
        {3, 9000, 3, 9000, 3},
        {9000, 0, 5000, 0, 8000},
        {-kFar, kFar, -kFar, kFar, 0},
        {kFar, kFar, 1, kFar, 2}}) {
    for (std::uint64_t seed = 0; seed < 4; ++seed) {
      Rng rng(700 + seed);
      SCOPED_TRACE(testing::Message() << offsets[0] << ", " << offsets[1] << ", …, seed " << seed);
      StoredLookup c = any_long_lookup(rng);
      c.out_pitch = c.dim;
      c.wide_offsets = true;
      c.add_ids(rng, 9001);
      c.offsets = offsets;
      for (const float cell : c.run(backend())) ASSERT_NE(cell, c.unwritten());
    }
  }
}

SEQFEAT_ON_EVERY_BACKEND(LongLookup);

}  // namespace
}  // namespace seqfeat::test
