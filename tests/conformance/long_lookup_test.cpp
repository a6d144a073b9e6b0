// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <optional>
#include <vector>

#include "seqfeat/lookup.hpp"
#include "tests/support/backend_test.hpp"
#include "tests/support/reference.hpp"
#include "tests/support/stored.hpp"

// Lookups of steps of thousands of ids, which kernels cut among blocks.

namespace seqfeat::test {
namespace {

constexpr std::int64_t kLong = 4096;
constexpr std::int64_t kRows = 40;

class LongLookup : public BackendTest {};

/// Rows to look up and where they go: the output has gaps between its steps and begins one element
/// behind the most aligned place.
struct LongLookupCase {
  FloatType in;
  FloatType out;
  std::int64_t dim;
  std::int64_t pitch;
  std::int64_t out_pitch;
  LookupRule rule;
  std::vector<float> table;
  std::vector<std::int64_t> ids;
  std::vector<std::int64_t> offsets{0};

  explicit LongLookupCase(Rng& rng)
      : in(rng.pick({FloatType::float32, FloatType::float16, FloatType::bfloat16})),
        out(rng.pick({FloatType::float32, in})),
        dim(rng.pick<std::int64_t>({1, 2, 6, 16, 20, 33})),
        pitch(dim + rng.pick<std::int64_t>({0, 0, 1, 6})),
        out_pitch(dim + rng.pick<std::int64_t>({0, 0, 1, 4})),
        table(rounded(in, random_floats(rng, kRows * dim))) {
    rule.combiner = rng.pick({Combiner::mean, Combiner::sum, Combiner::sqrtn});
    if (rng.once_in(3)) rule.max_norm = 1.5F;
    rule.output_type = out;
  }

  void add_steps(Rng& rng, std::initializer_list<std::int64_t> sizes) {
    for (const std::int64_t values : sizes) {
      for (std::int64_t i = 0; i < values; ++i) ids.push_back(rng.between(0, kRows - 1));
      offsets.push_back(std::ssize(ids));
    }
  }
  [[nodiscard]] std::int64_t steps() const { return std::ssize(offsets) - 1; }
  [[nodiscard]] std::vector<float> expected() const {
    std::vector<float> all;
    for (std::int64_t s = 0; s < steps(); ++s) {
      std::vector<std::vector<float>> rows;
      for (auto id = ids.begin() + offsets[static_cast<std::size_t>(s)];
           id != ids.begin() + offsets[static_cast<std::size_t>(s) + 1]; ++id) {
        rows.emplace_back(table.begin() + *id * dim, table.begin() + (*id + 1) * dim);
      }
      std::optional<double> limit;
      if (rule.max_norm) limit = double{*rule.max_norm};
      const auto vector = rows.empty() ? std::vector<float>(static_cast<std::size_t>(dim))
                                       : combine_by_lists(rows, rule.combiner, limit);
      all.insert(all.end(), vector.begin(), vector.end());
    }
    return rounded(out, all);
  }

  /// All elements of the output, gaps included, after it was filled with 0xa5.
  [[nodiscard]] std::vector<float> run(const Backend& backend) const {
    const Stream stream = backend.impl().own_stream();
    const StoredTable stored = stored_table(in, table, dim, pitch);
    const Buffer there = to_backend<std::byte>(backend, stored.bytes);
    const Buffer ids_there = to_backend<std::int64_t>(backend, ids);
    const Buffer offsets_there = to_backend<std::int64_t>(backend, offsets);
    const Buffer norms(backend.memory(), std::ssize(ids) * 4, stream);
    const std::int64_t bytes = (steps() * out_pitch + 1) * size_of(out);
    const Buffer output = to_backend<std::byte>(
        backend, std::vector<std::byte>(static_cast<std::size_t>(bytes), std::byte{0xa5}));
    LookupRule scratched = rule;
    scratched.norms = norms.as<float>();
    lookup(backend, {there.data(), kRows, dim, pitch, in}, ids_there.as<std::int64_t>(),
           std::ssize(ids), {offsets_there.data(), std::ssize(offsets), true}, scratched,
           output.as<std::byte>() + size_of(out), out_pitch, stream);
    auto all = to_host(backend, output.as<const std::byte>(), bytes);
    all.erase(all.begin(), all.begin() + size_of(out));
    return widened(out, all);
  }
};

/// What an element that nobody wrote looks like.
float unwritten(FloatType type) {
  return widened(
      type, std::vector<std::byte>(static_cast<std::size_t>(size_of(type)), std::byte{0xa5}))[0];
}

TEST_P(LongLookup, AgreesWithListsAndLeavesGapsAlone) {
  for (std::uint64_t seed = 0; seed < 24; ++seed) {
    Rng rng(200 + seed);
    LongLookupCase c(rng);
    c.add_steps(rng, {5, kLong + rng.between(1, 3000), 0, kLong, 2 * kLong + rng.between(0, 3000),
                      rng.between(0, 2), kLong + 1});
    SCOPED_TRACE(testing::Message() << "seed " << seed << ", " << c.dim << " of " << to_string(c.in)
                                    << " to " << to_string(c.out));
    std::vector<float> got;
    const std::vector<float> all = c.run(backend());
    for (std::int64_t s = 0; s < c.steps(); ++s) {
      const auto step = all.begin() + s * c.out_pitch;
      got.insert(got.end(), step, step + c.dim);
      EXPECT_TRUE(std::all_of(step + c.dim, step + c.out_pitch,
                              [&](float gap) { return gap == unwritten(c.out); }));
    }
    ASSERT_EQ(difference(got, c.expected()), "");
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
      LongLookupCase c(rng);
      c.out_pitch = c.dim;
      c.add_steps(rng, {9001});
      c.offsets = offsets;
      for (const float cell : c.run(backend())) ASSERT_NE(cell, unwritten(c.out));
    }
  }
}

SEQFEAT_ON_EVERY_BACKEND(LongLookup);

}  // namespace
}  // namespace seqfeat::test
