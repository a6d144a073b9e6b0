// SPDX-License-Identifier: Apache-2.0
#include "cpu/slot_writer.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <memory>
#include <random>
#include <vector>

namespace seqfeat::cpu {
namespace {

constexpr std::byte kUntouched{0xff};
constexpr std::int64_t kBytes = 80'000;

/// Aligned as outputs are, with room in front to begin anywhere.
struct alignas(64) Output {
  std::array<std::byte, kBytes + 64> bytes;
};

/// Bytes that are none of kUntouched and 0.
std::vector<std::byte> counted_up(std::int64_t size) {
  std::vector<std::byte> bytes(static_cast<std::size_t>(size));
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = std::byte(1 + i % 254);
  return bytes;
}

/// The same writes in whatever portions must give the same bytes and touch no others.
void write_in_portions(bool streams, std::int64_t begin, std::uint64_t seed) {
  SCOPED_TRACE(testing::Message() << "streams " << streams << ", begin " << begin << ", seed "
                                  << seed);
  std::mt19937_64 random(seed);
  auto output = std::make_unique<Output>();
  output->bytes.fill(kUntouched);
  std::vector<std::byte> expected(output->bytes.begin(), output->bytes.end());
  const std::vector<std::byte> source = counted_up(SlotWriter::kRoom);
  std::int64_t at = begin;
  {
    SlotWriter out(output->bytes.data() + begin, streams);
    const std::int64_t sizes[] = {1, 2, 12, 40, 64, 256, 2000, SlotWriter::kRoom};
    for (;;) {
      const std::int64_t size = sizes[random() % std::size(sizes)];
      if (at + size > kBytes) break;
      const auto to = expected.begin() + at;
      const auto kind = random() % 3;
      if (kind == 0) {
        out.zeros(size);
        std::fill_n(to, size, std::byte{0});
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
  const auto different = std::mismatch(expected.begin(), expected.end(), output->bytes.begin());
  EXPECT_EQ(different.first, expected.end()) << "at " << different.first - expected.begin();
}

TEST(SlotWriter, WritesTheSameBytesInWhateverPortions) {
  for (const bool streams : {false, true}) {
    for (const std::int64_t begin : {0, 1, 2, 30, 60, 64, 132}) {
      for (std::uint64_t seed = 0; seed < 20; ++seed) write_in_portions(streams, begin, seed);
    }
  }
}

TEST(SlotWriter, LeavesAloneWhatSharesALineWithItsBytes) {
  for (const bool streams : {false, true}) {
    auto output = std::make_unique<Output>();
    output->bytes.fill(kUntouched);
    { SlotWriter(output->bytes.data() + 6, streams).zeros(10); }
    EXPECT_EQ(std::count(output->bytes.begin(), output->bytes.end(), std::byte{0}), 10);
    EXPECT_EQ(output->bytes[5], kUntouched);
    EXPECT_EQ(output->bytes[16], kUntouched);
  }
}

TEST(Streaming, WritesWholeLinesByEitherKindOfStore) {
  const std::vector<std::byte> source = counted_up(10 * kLineBytes + 1);
  for (const bool wide : {false, has_wide_stores()}) {
    auto output = std::make_unique<Output>();
    output->bytes.fill(kUntouched);
    stream_lines(output->bytes.data() + kLineBytes, source.data() + 1, 10, wide);
    stream_zeros(output->bytes.data() + 11 * kLineBytes, 3, wide);
    streaming_done();
    const auto* out = output->bytes.data();
    EXPECT_EQ(std::count(out, out + kLineBytes, kUntouched), kLineBytes);
    EXPECT_TRUE(std::equal(source.begin() + 1, source.end(), out + kLineBytes)) << wide;
    EXPECT_EQ(std::count(out + 11 * kLineBytes, out + kBytes, std::byte{0}), 3 * kLineBytes);
    EXPECT_EQ(out[14 * kLineBytes], kUntouched);
  }
}

TEST(SlotWriter, TakesLinesOnlyWhereTheyAreWholeLinesOfTheOutput) {
  auto output = std::make_unique<Output>();
  EXPECT_FALSE(SlotWriter(output->bytes.data(), false).takes_lines(64));
  EXPECT_FALSE(SlotWriter(output->bytes.data() + 16, true).takes_lines(64));
  SlotWriter out(output->bytes.data(), true);
  EXPECT_TRUE(out.takes_lines(64));
  EXPECT_FALSE(out.takes_lines(96));
  out.zeros(32);
  EXPECT_FALSE(out.takes_lines(64));
}

}  // namespace
}  // namespace seqfeat::cpu
