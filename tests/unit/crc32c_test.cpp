// SPDX-License-Identifier: Apache-2.0
#include "seqfeat/crc32c.hpp"

#include <gtest/gtest.h>

#include <array>
#include <numeric>
#include <random>
#include <string_view>
#include <vector>

#include "io/crc32c_kernels.hpp"

namespace seqfeat::test {
namespace {

/// A bit at a time, as the polynomial says.
std::uint32_t by_hand(std::span<const std::byte> bytes) {
  std::uint32_t state = 0xffffffff;
  for (const std::byte byte : bytes) {
    state ^= static_cast<std::uint32_t>(byte);
    for (int bit = 0; bit < 8; ++bit) state = (state >> 1) ^ ((state & 1) != 0 ? 0x82f63b78U : 0);
  }
  return ~state;
}

std::vector<std::byte> random_bytes(std::size_t count) {
  std::mt19937 random(7);
  std::vector<std::byte> bytes(count);
  for (std::byte& byte : bytes) byte = static_cast<std::byte>(random());
  return bytes;
}

TEST(Crc32c, HasThePublishedValues) {
  const auto of = [](std::string_view text) { return crc32c(std::as_bytes(std::span(text))); };
  EXPECT_EQ(of(""), 0U);
  EXPECT_EQ(of("123456789"), 0xe3069283U);
  // RFC 3720, B.4
  std::array<std::byte, 32> bytes{};
  EXPECT_EQ(crc32c(bytes), 0x8a9136aaU);
  bytes.fill(std::byte{0xff});
  EXPECT_EQ(crc32c(bytes), 0x62a8ab43U);
  for (std::size_t i = 0; i < 32; ++i) bytes.at(i) = static_cast<std::byte>(i);
  EXPECT_EQ(crc32c(bytes), 0x46dd794eU);
  for (std::size_t i = 0; i < 32; ++i) bytes.at(i) = static_cast<std::byte>(31 - i);
  EXPECT_EQ(crc32c(bytes), 0x113fdb5cU);
}

TEST(Crc32c, IsTheSameByTableByInstructionAndByHand) {
  if (!detail::has_crc32c_instruction()) GTEST_SKIP() << "this processor has no instruction";
  const auto bytes = random_bytes(20000);
  std::vector<std::size_t> sizes(700);
  std::iota(sizes.begin(), sizes.end(), std::size_t{0});
  sizes.insert(sizes.end(), {6143, 6144, 6145, 12287, 12288, 12289, 19999});
  for (const std::size_t size : sizes) {
    const auto part = std::span(bytes).subspan(size % 8 % (20000 - size), size);
    const std::uint32_t expected = by_hand(part);
    ASSERT_EQ(~detail::crc32c_by_table(0xffffffff, part), expected) << size;
    ASSERT_EQ(~detail::crc32c_by_instruction(0xffffffff, part), expected) << size;
    if (detail::has_crc32c_folding() && size >= detail::kLeastFolded) {
      ASSERT_EQ(~detail::crc32c_by_folding(0xffffffff, part), expected) << size;
    }
    ASSERT_EQ(crc32c(part), expected) << size;
  }
}

TEST(Crc32c, GoesOnBehindEarlierBytes) {
  const auto bytes = random_bytes(7000);
  const std::uint32_t whole = crc32c(bytes);
  for (const std::size_t cut : {0U, 1U, 7U, 192U, 6500U, 7000U}) {
    const std::uint32_t first = crc32c(std::span(bytes).first(cut));
    EXPECT_EQ(crc32c(std::span(bytes).subspan(cut), first), whole) << cut;
    const std::uint32_t second = crc32c(std::span(bytes).subspan(cut));
    EXPECT_EQ(crc32c_of_both(first, second, bytes.size() - cut), whole) << cut;
  }
}

TEST(Crc32c, IsMaskedByARotationAndAConstant) {
  static_assert(mask_crc(0) == 0xa282ead8);
  static_assert(mask_crc(0x8000) == 0xa282ead9);
  static_assert(mask_crc(1) == 0xa284ead8);
  EXPECT_EQ(mask_crc(0xffffffff), 0xa282ead7U);
}

}  // namespace
}  // namespace seqfeat::test
