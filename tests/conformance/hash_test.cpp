// SPDX-License-Identifier: Apache-2.0
#include "seqfeat/hash.hpp"

#include <gtest/gtest.h>

#include <charconv>
#include <cstring>
#include <string>

#include "seqfeat/error.hpp"
#include "tests/support/backend_test.hpp"
#include "tests/support/reference.hpp"

namespace seqfeat::test {
namespace {

class Hash : public BackendTest {
 protected:
  /// Ids (or fingerprints, for 0 buckets) of `tokens` with offsets of type Offset, whose bytes
  /// begin `gap` bytes into their buffer.
  template <class Offset>
  static std::vector<std::int64_t> run(const std::vector<std::string>& tokens, std::int64_t buckets,
                                       std::int64_t gap) {
    std::string bytes(static_cast<std::size_t>(gap), '#');
    std::vector<Offset> offsets{static_cast<Offset>(gap)};
    for (const std::string& token : tokens) {
      bytes += token;
      offsets.push_back(static_cast<Offset>(bytes.size()));
    }
    const Buffer data = to_backend<char>(backend(), bytes);
    const Buffer at = to_backend<Offset>(backend(), offsets);
    const auto count = std::ssize(tokens);
    Buffer out(backend().memory(), count * 8, stream());
    const ValuesView values{DType::string,
                            data.data(),
                            {at.data(), count + 1, sizeof(Offset) == 8},
                            count,
                            std::ssize(bytes)};
    return hashed(values, buckets, out);
  }

  static std::vector<std::int64_t> hashed(const ValuesView& values, std::int64_t buckets,
                                          const Buffer& out) {
    if (buckets == 0) {
      fingerprint(backend(), values, out.as<std::uint64_t>(), stream());
    } else {
      hash(backend(), values, buckets, out.as<std::int64_t>(), stream());
    }
    return to_host(backend(), out.as<std::int64_t>(), values.count);
  }

  static std::vector<std::int64_t> expected(const std::vector<std::string>& tokens,
                                            std::int64_t buckets) {
    std::vector<std::int64_t> ids;
    for (const std::string& token : tokens) {
      const std::uint64_t h = fingerprint64(token);
      ids.push_back(
          static_cast<std::int64_t>(buckets == 0 ? h : h % static_cast<std::uint64_t>(buckets)));
    }
    return ids;
  }
};

constexpr std::int64_t kBuckets[] = {0,        2, 3, 10, 1000, 1 << 20, (std::int64_t{1} << 62) + 1,
                                     INT64_MAX};

TEST_P(Hash, TakesStringsOfEveryLength) {
  Rng rng(1);
  std::vector<std::string> tokens;
  for (std::int64_t size = 0; size <= 300; ++size) tokens.push_back(rng.bytes(size));
  for (const std::int64_t size : {511, 512, 513, 1100, 4096}) tokens.push_back(rng.bytes(size));
  for (const std::int64_t buckets : kBuckets) {
    EXPECT_EQ(run<std::int64_t>(tokens, buckets, 0), expected(tokens, buckets));
    EXPECT_EQ(run<std::int32_t>(tokens, buckets, 0), expected(tokens, buckets));
  }
}

TEST_P(Hash, TakesShortStringsAtAnyAlignment) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    Rng rng(seed);
    std::vector<std::string> tokens;
    const std::int64_t count = rng.between(0, 1500);
    for (std::int64_t i = 0; i < count; ++i) tokens.push_back(rng.bytes(rng.between(0, 33)));
    EXPECT_EQ(run<std::int32_t>(tokens, 1000, rng.between(0, 20)), expected(tokens, 1000)) << seed;
    EXPECT_EQ(run<std::int64_t>(tokens, 77, rng.between(0, 20)), expected(tokens, 77)) << seed;
  }
}

TEST_P(Hash, TakesIntegersOfEveryType) {
  Rng rng(3);
  for (int d = static_cast<int>(DType::int8); d <= static_cast<int>(DType::uint64); ++d) {
    const auto dtype = static_cast<DType>(d);
    std::vector<std::string> tokens;
    for (int i = 0; i < 600; ++i) tokens.push_back(random_token(rng, dtype));
    std::vector<std::byte> bytes;
    for (const std::string& token : tokens) {
      std::uint64_t bits = 0;
      if (token[0] == '-') {
        std::int64_t value = 0;
        std::from_chars(token.data(), token.data() + token.size(), value);
        bits = static_cast<std::uint64_t>(value);
      } else {
        std::from_chars(token.data(), token.data() + token.size(), bits);
      }
      const auto* raw = reinterpret_cast<const std::byte*>(&bits);
      bytes.insert(bytes.end(), raw, raw + size_of(dtype));
    }
    const Buffer data = to_backend<std::byte>(backend(), bytes);
    const auto count = std::ssize(tokens);
    Buffer out(backend().memory(), count * 8, stream());
    for (const std::int64_t buckets : kBuckets) {
      EXPECT_EQ(hashed({dtype, data.data(), {}, count, 0}, buckets, out), expected(tokens, buckets))
          << to_string(dtype);
    }
  }
}

TEST_P(Hash, RefusesFewerThanTwoBuckets) {
  for (const std::int64_t buckets : {std::int64_t{1}, std::int64_t{0}, std::int64_t{-5}}) {
    EXPECT_THROW(hash(backend(), {DType::int64, nullptr, {}, 0, 0}, buckets, nullptr, stream()),
                 InvalidArgument);
  }
}

TEST_P(Hash, RefusesMissingPointersAndNegativeCounts) {
  EXPECT_THROW(hash(backend(), {DType::int64, nullptr, {}, 3, 0}, 10, nullptr, stream()),
               InvalidArgument);
  EXPECT_THROW(hash(backend(), {DType::int64, nullptr, {}, -1, 0}, 10, nullptr, stream()),
               InvalidArgument);
  EXPECT_THROW(hash(backend(), {DType::string, "a", {}, 1, 1}, 10, nullptr, stream()),
               InvalidArgument);
}

SEQFEAT_ON_EVERY_BACKEND(Hash);

}  // namespace
}  // namespace seqfeat::test
