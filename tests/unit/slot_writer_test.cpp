// SPDX-License-Identifier: Apache-2.0
#include "cpu/slot_writer.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <memory>
#include <numeric>
#include <random>
#include <vector>

namespace seqfeat::cpu {
namespace {

constexpr float kUntouched = -1.0F;
constexpr std::int64_t kFloats = 20'000;

/// Aligned as outputs are, with room in front to begin anywhere.
struct alignas(64) Output {
  std::array<float, kFloats + 64> floats;
};

/// The same writes in whatever portions must give the same floats and touch no others.
void write_in_portions(bool streams, std::int64_t begin, std::uint64_t seed) {
  SCOPED_TRACE(testing::Message() << "streams " << streams << ", begin " << begin << ", seed "
                                  << seed);
  std::mt19937_64 random(seed);
  auto output = std::make_unique<Output>();
  output->floats.fill(kUntouched);
  std::vector<float> expected(output->floats.begin(), output->floats.end());
  std::vector<float> source(SlotWriter::kRoom);
  std::iota(source.begin(), source.end(), 1.0F);
  std::int64_t at = begin;
  {
    SlotWriter out(output->floats.data() + begin, streams);
    const std::int64_t sizes[] = {1, 3, 10, 16, 64, 500, SlotWriter::kRoom};
    for (;;) {
      const std::int64_t size = sizes[random() % std::size(sizes)];
      if (at + size > kFloats) break;
      const auto to = expected.begin() + at;
      const auto kind = random() % 3;
      if (kind == 0) {
        out.zeros(size);
        std::fill_n(to, size, 0.0F);
      } else {
        if (kind == 1 && out.takes_lines(size)) {
          out.lines(source.data(), size);
        } else {
          std::copy_n(source.begin(), size, out.room(size));
          out.wrote(size);
        }
        std::copy_n(source.begin(), size, to);
      }
      at += size;
    }
  }
  const auto different = std::mismatch(expected.begin(), expected.end(), output->floats.begin());
  EXPECT_EQ(different.first, expected.end()) << "at " << different.first - expected.begin();
}

TEST(SlotWriter, WritesTheSameFloatsInWhateverPortions) {
  for (const bool streams : {false, true}) {
    for (const std::int64_t begin : {0, 1, 7, 15, 16, 33}) {
      for (std::uint64_t seed = 0; seed < 20; ++seed) write_in_portions(streams, begin, seed);
    }
  }
}

TEST(SlotWriter, LeavesAloneWhatSharesALineWithItsFloats) {
  for (const bool streams : {false, true}) {
    auto output = std::make_unique<Output>();
    output->floats.fill(kUntouched);
    { SlotWriter(output->floats.data() + 3, streams).zeros(5); }
    EXPECT_EQ(std::count(output->floats.begin(), output->floats.end(), 0.0F), 5);
    EXPECT_EQ(output->floats[2], kUntouched);
    EXPECT_EQ(output->floats[8], kUntouched);
  }
}

TEST(Streaming, WritesWholeLinesByEitherKindOfStore) {
  std::vector<float> source(10 * kLineFloats + 1);
  std::iota(source.begin(), source.end(), 1.0F);
  for (const bool wide : {false, has_wide_stores()}) {
    auto output = std::make_unique<Output>();
    output->floats.fill(kUntouched);
    stream_lines(output->floats.data() + kLineFloats, source.data() + 1, 10, wide);
    stream_zeros(output->floats.data() + 11 * kLineFloats, 3, wide);
    streaming_done();
    const auto* out = output->floats.data();
    EXPECT_EQ(std::count(out, out + kLineFloats, kUntouched), kLineFloats);
    EXPECT_TRUE(std::equal(source.begin() + 1, source.end(), out + kLineFloats)) << wide;
    EXPECT_EQ(std::count(out + 11 * kLineFloats, out + kFloats, 0.0F), 3 * kLineFloats);
    EXPECT_EQ(out[14 * kLineFloats], kUntouched);
  }
}

TEST(SlotWriter, TakesLinesOnlyWhereTheyAreWholeLinesOfTheOutput) {
  auto output = std::make_unique<Output>();
  EXPECT_FALSE(SlotWriter(output->floats.data(), false).takes_lines(16));
  EXPECT_FALSE(SlotWriter(output->floats.data() + 4, true).takes_lines(16));
  SlotWriter out(output->floats.data(), true);
  EXPECT_TRUE(out.takes_lines(16));
  EXPECT_FALSE(out.takes_lines(24));
  out.zeros(8);
  EXPECT_FALSE(out.takes_lines(16));
}

}  // namespace
}  // namespace seqfeat::cpu
