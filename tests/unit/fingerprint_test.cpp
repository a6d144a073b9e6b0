// SPDX-License-Identifier: Apache-2.0
#include "seqfeat/fingerprint.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <type_traits>

#include "seqfeat/decimal.hpp"
#include "seqfeat/hash.hpp"
#include "seqfeat/siphash.hpp"
#include "tests/support/random.hpp"
#ifdef SEQFEAT_TEST_FARMHASH
#include <farmhash.h>
#endif

namespace seqfeat {
namespace {

TEST(Fingerprint, IsThatOfTensorFlowAndOtherImplementations) {
  // TensorFlow's string_to_hash_bucket_op_test and fingerprint_test, go-farm's tests.
  EXPECT_EQ(fingerprint64(""), 0x9ae16a3b2f90404fU);
  EXPECT_EQ(fingerprint64("a"), 12917804110809363939U);
  EXPECT_EQ(fingerprint64("Hello"), 15404698994557526151U);
  EXPECT_EQ(fingerprint64("0123456789@0123"), 0x5361eae17c1ff6bcU);
  EXPECT_EQ(fingerprint64("0123456789=012345"), 0x46a7416ed4861e3bU);
  EXPECT_EQ(fingerprint64("C is as portable as Stonehedge!!"), 0xb944f8a16261e414U);
  EXPECT_EQ(fingerprint64("The days of the digital watch are numbered.  -Tom Stoppard"),
            0x2a578b80bb82147cU);
  EXPECT_EQ(fingerprint64("For every action there is an equal and opposite government program."),
            0x55182f8859eca4ceU);
}

/// Of an integer of 64 bits of either kind.
template <class Integer>
std::uint64_t fingerprint64_of(Integer value) {
  return fingerprint64_of_integer(static_cast<std::int64_t>(value),
                                  std::is_signed_v<Integer> ? DType::int64 : DType::uint64);
}

TEST(Fingerprint, OfAnIntegerIsThatOfItsDecimalText) {
  EXPECT_EQ(fingerprint64_of(std::int64_t{-1}), 7333874265151076430U);
  EXPECT_EQ(fingerprint64_of(std::numeric_limits<std::int64_t>::min()), 1493431938208774112U);
  EXPECT_EQ(fingerprint64_of(std::numeric_limits<std::uint64_t>::max()), 17294053880688369233U);
  test::Rng rng(1);
  for (int i = 0; i < 1000000; ++i) {
    const std::uint64_t bits = rng.integer();
    const auto value = static_cast<std::int64_t>(rng.once_in(2) ? bits : 0 - bits);
    ASSERT_EQ(fingerprint64_of(bits), fingerprint64(std::to_string(bits))) << bits;
    ASSERT_EQ(fingerprint64_of(value), fingerprint64(std::to_string(value))) << value;
  }
  for (std::uint64_t power = 1; power <= 10000000000000000000U / 10; power *= 10) {
    for (const std::uint64_t value : {power - 1, power, power + 1}) {
      ASSERT_EQ(fingerprint64_of(value), fingerprint64(std::to_string(value))) << value;
    }
  }
}

TEST(SipHash, IsThatOfItsAuthors) {
  constexpr HashKey kKey{0x0706050403020100, 0x0f0e0d0c0b0a0908};
  std::string bytes;
  const auto of_size = [&bytes](std::size_t size) {
    while (bytes.size() < size) bytes.push_back(static_cast<char>(bytes.size()));
    return siphash64(bytes, kKey);
  };
  EXPECT_EQ(of_size(0), 0x726fdb47dd0e0e31U);
  EXPECT_EQ(of_size(1), 0x74f839c593dc67fdU);
  EXPECT_EQ(of_size(2), 0x0d6c8009d9a94f5aU);
  EXPECT_EQ(of_size(7), 0xab0200f58b01d137U);
  EXPECT_EQ(of_size(8), 0x93f5f5799a932462U);
  EXPECT_EQ(of_size(15), 0xa129ca6149be45e5U);
}

TEST(SipHash, OfAnIntegerIsThatOfItsDecimalText) {
  test::Rng rng(5);
  for (int i = 0; i < 100000; ++i) {
    const std::uint64_t bits = rng.integer();
    const auto value = static_cast<std::int64_t>(rng.once_in(2) ? bits : 0 - bits);
    const HashKey key{rng.bits(), rng.bits()};
    ASSERT_EQ(siphash64_of_integer(value, DType::int64, key), siphash64(std::to_string(value), key))
        << value;
    ASSERT_EQ(siphash64_of_integer(static_cast<std::int64_t>(bits), DType::uint64, key),
              siphash64(std::to_string(bits), key))
        << bits;
  }
}

#ifdef SEQFEAT_TEST_FARMHASH
TEST(Fingerprint, EqualsLibfarmhashOnAMillionRandomStrings) {
  test::Rng rng(2);
  const std::string pool = rng.bytes(1 << 20);
  for (int i = 0; i < 1000000; ++i) {
    const auto size = static_cast<std::size_t>(rng.between(0, 300));
    const auto at = static_cast<std::size_t>(rng.between(0, std::ssize(pool) - 300));
    const std::string_view token = std::string_view(pool).substr(at, size);
    ASSERT_EQ(fingerprint64(token), util::Fingerprint64(token.data(), token.size())) << i;
  }
}

TEST(Fingerprint, EqualsLibfarmhashAtEveryLength) {
  test::Rng rng(3);
  for (std::int64_t size = 0; size <= 1100; ++size) {
    for (int round = 0; round < 8; ++round) {
      const std::string token = rng.bytes(size);
      ASSERT_EQ(fingerprint64(token), util::Fingerprint64(token)) << size;
    }
  }
}
#endif

}  // namespace
}  // namespace seqfeat
