// SPDX-License-Identifier: Apache-2.0
#include "seqfeat/hash.hpp"

#include <gtest/gtest.h>

#include <charconv>
#include <cstring>
#include <string>

#include "seqfeat/error.hpp"
#include "tests/conformance/hash_fixture.hpp"
#include "tests/support/reference.hpp"

namespace seqfeat::test {
namespace {

class Hash : public HashTest {
 protected:
  /// The integers of type `dtype` that `texts` are the decimal texts of.
  static std::vector<std::byte> integers(const Strings& texts, DType dtype) {
    std::vector<std::byte> bytes;
    for (std::int64_t i = 0; i < texts.count(); ++i) {
      const std::string text = texts.at(i);
      std::uint64_t bits = 0;
      if (text[0] == '-') {
        std::int64_t value = 0;
        std::from_chars(text.data(), text.data() + text.size(), value);
        bits = static_cast<std::uint64_t>(value);
      } else {
        std::from_chars(text.data(), text.data() + text.size(), bits);
      }
      const auto* raw = reinterpret_cast<const std::byte*>(&bits);
      bytes.insert(bytes.end(), raw, raw + size_of(dtype));
    }
    return bytes;
  }
  static void expect_right_integers(const Strings& texts, DType dtype) {
    const Buffer data = to_backend<std::byte>(backend(), integers(texts, dtype));
    const ValuesView values{dtype, data.data(), {}, texts.count(), 0};
    for (const std::int64_t buckets : kBuckets) {
      const std::vector<std::int64_t> right = expected(texts, buckets);
      EXPECT_EQ(hashed<std::int64_t>(values, buckets), right) << to_string(dtype);
      if (buckets == 0 || buckets > kMostNarrow) continue;
      EXPECT_EQ(hashed<std::int32_t>(values, buckets), right) << to_string(dtype);
    }
  }
};

TEST_P(Hash, TakesIntegersOfEveryType) {
  Rng rng(3);
  for (int d = static_cast<int>(DType::int8); d <= static_cast<int>(DType::uint64); ++d) {
    const auto dtype = static_cast<DType>(d);
    Strings texts;
    for (int i = 0; i < 600; ++i) texts.add(random_token(rng, dtype));
    expect_right_integers(texts, dtype);
  }
}

TEST_P(Hash, TakesIntegersOfEveryLength) {
  Strings texts;
  std::uint64_t power = 1;
  for (int digits = 1; digits <= 19; ++digits, power *= 10) {
    for (const std::uint64_t value : {power - 1, power, power + 1, 5 * (power / 10)}) {
      const auto number = static_cast<std::int64_t>(value);
      texts.add(std::to_string(number));
      texts.add(std::to_string(-number));
    }
  }
  texts.add(std::to_string(INT64_MAX));
  texts.add(std::to_string(INT64_MIN));
  expect_right_integers(texts, DType::int64);
  Strings unsigned_ones;
  for (const std::uint64_t value : {power - 1, power, power + 1, UINT64_MAX, UINT64_MAX - 9}) {
    unsigned_ones.add(std::to_string(value));
  }
  expect_right_integers(unsigned_ones, DType::uint64);
}

TEST_P(Hash, RefusesFewerThanTwoBuckets) {
  std::int64_t* const nothing = nullptr;
  std::int32_t* const nothing_narrow = nullptr;
  const ValuesView empty{DType::int64, nullptr, {}, 0, 0};
  for (const std::int64_t buckets : {std::int64_t{1}, std::int64_t{0}, std::int64_t{-5}}) {
    EXPECT_THROW(hash(backend(), empty, buckets, nothing, stream()), InvalidArgument);
    EXPECT_THROW(hash(backend(), empty, buckets, nothing_narrow, stream()), InvalidArgument);
  }
}

TEST_P(Hash, RefusesMoreBucketsThanTheIdsCanName) {
  std::int32_t* const nothing = nullptr;
  const ValuesView empty{DType::int64, nullptr, {}, 0, 0};
  EXPECT_NO_THROW(hash(backend(), empty, kMostNarrow, nothing, stream()));
  EXPECT_THROW(hash(backend(), empty, kMostNarrow + 1, nothing, stream()), InvalidArgument);
}

TEST_P(Hash, RefusesMissingPointersAndNegativeCounts) {
  std::int64_t* const nothing = nullptr;
  EXPECT_THROW(hash(backend(), {DType::int64, nullptr, {}, 3, 0}, 10, nothing, stream()),
               InvalidArgument);
  EXPECT_THROW(hash(backend(), {DType::int64, nullptr, {}, -1, 0}, 10, nothing, stream()),
               InvalidArgument);
  EXPECT_THROW(hash(backend(), {DType::string, "a", {}, 1, 1}, 10, nothing, stream()),
               InvalidArgument);
}

SEQFEAT_ON_EVERY_BACKEND(Hash);

}  // namespace
}  // namespace seqfeat::test
