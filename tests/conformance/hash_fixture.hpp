// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "seqfeat/hash.hpp"
#include "tests/support/backend_test.hpp"
#include "tests/support/random.hpp"

// What the suites of `hash` share.

namespace seqfeat::test {

/// Strings as hash takes them; offsets may be any numbers.
struct Strings {
  std::string bytes;
  std::vector<std::int64_t> offsets{0};

  void add(const std::string& token) {
    bytes += token;
    offsets.push_back(std::ssize(bytes));
  }
  [[nodiscard]] std::int64_t count() const { return std::ssize(offsets) - 1; }

  /// The i-th one; nothing outside the bytes whatever the offsets say.
  [[nodiscard]] std::string at(std::int64_t i) const {
    const auto clamped = [&](std::int64_t k) {
      return std::clamp<std::int64_t>(offsets[static_cast<std::size_t>(k)], 0, std::ssize(bytes));
    };
    const std::int64_t from = clamped(i);
    return bytes.substr(static_cast<std::size_t>(from),
                        static_cast<std::size_t>(std::max<std::int64_t>(clamped(i + 1) - from, 0)));
  }
};

class HashTest : public BackendTest {
 protected:
  /// Ids as `hash` writes them into an output of type Id; fingerprints for 0 buckets.
  template <class Id>
  static std::vector<std::int64_t> hashed(const ValuesView& values, std::int64_t buckets) {
    const std::int64_t bytes = values.count * static_cast<std::int64_t>(sizeof(Id));
    const Buffer out(backend().memory(), bytes, stream());  // without a byte to spare
    if (buckets == 0) {
      fingerprint(backend(), values, out.as<std::uint64_t>(), stream());
    } else {
      hash(backend(), values, buckets, out.as<Id>(), stream());
    }
    const std::vector<Id> ids = to_host(backend(), out.as<Id>(), values.count);
    return {ids.begin(), ids.end()};
  }

  /// The same of strings with offsets of type Offset whose bytes begin `shift` bytes into an
  /// allocation that ends where they do.
  template <class Offset, class Id>
  static std::vector<std::int64_t> hashed(const Strings& strings, std::int64_t buckets,
                                          std::int64_t shift) {
    const Buffer data = to_backend<char>(
        backend(), std::string(static_cast<std::size_t>(shift), '#') + strings.bytes);
    std::vector<Offset> offsets;
    for (const std::int64_t offset : strings.offsets) {
      offsets.push_back(static_cast<Offset>(offset));
    }
    const Buffer at = to_backend<Offset>(backend(), offsets);
    return hashed<Id>({DType::string,
                       data.as<char>() + shift,
                       {at.data(), std::ssize(offsets), sizeof(Offset) == 8},
                       strings.count(),
                       std::ssize(strings.bytes)},
                      buckets);
  }

  static std::vector<std::int64_t> expected(const Strings& strings, std::int64_t buckets) {
    std::vector<std::int64_t> ids;
    for (std::int64_t i = 0; i < strings.count(); ++i) {
      const std::uint64_t h = fingerprint64(strings.at(i));
      ids.push_back(
          static_cast<std::int64_t>(buckets == 0 ? h : h % static_cast<std::uint64_t>(buckets)));
    }
    return ids;
  }

  /// Both widths of offsets and, where they fit, both of ids.
  static void expect_right(const Strings& strings, std::int64_t buckets, std::int64_t shift = 0) {
    const std::vector<std::int64_t> right = expected(strings, buckets);
    EXPECT_EQ((hashed<std::int64_t, std::int64_t>(strings, buckets, shift)), right);
    EXPECT_EQ((hashed<std::int32_t, std::int64_t>(strings, buckets, shift)), right);
    if (buckets == 0 || buckets > kMostNarrow) return;
    EXPECT_EQ((hashed<std::int64_t, std::int32_t>(strings, buckets, shift)), right);
    EXPECT_EQ((hashed<std::int32_t, std::int32_t>(strings, buckets, shift)), right);
  }

  static constexpr std::int64_t kMostNarrow = std::int64_t{1} << 31;
  static constexpr std::int64_t kBuckets[] = {0,
                                              2,
                                              3,
                                              10,
                                              1000,
                                              1 << 20,
                                              kMostNarrow - 1,
                                              kMostNarrow,
                                              kMostNarrow + 1,
                                              (std::int64_t{1} << 62) + 1,
                                              INT64_MAX};
};

}  // namespace seqfeat::test
