// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "seqfeat/error.hpp"
#include "seqfeat/hash.hpp"
#include "tests/conformance/hash_fixture.hpp"
#include "tests/support/reference.hpp"
#include "tests/support/refusal.hpp"

// Hashes with a salt and a masked token: the free function over values, and a layer's columns.

namespace seqfeat::test {
namespace {

class KeyedHash : public HashTest {
 protected:
  static std::vector<std::int64_t> bucket(const ValuesView& values, std::int64_t buckets,
                                          const HashBucketOptions& options) {
    const Buffer out(backend().memory(), values.count * 8, stream());
    hash_bucket(backend(), values, buckets, options, out.as<std::int64_t>(), stream());
    return to_host(backend(), out.as<std::int64_t>(), values.count);
  }

  /// Of strings that stand in the backend's memory without a byte to spare.
  static std::vector<std::int64_t> bucket(const Strings& strings, std::int64_t buckets,
                                          const HashBucketOptions& options) {
    const Buffer data = to_backend<char>(backend(), strings.bytes);
    const Buffer offsets = to_backend<std::int64_t>(backend(), strings.offsets);
    return bucket({DType::string,
                   data.data(),
                   {offsets.data(), strings.count() + 1, true},
                   strings.count(),
                   std::ssize(strings.bytes)},
                  buckets, options);
  }

  /// Numbers of every number of digits that the type has, as their decimal texts are hashed.
  template <class T>
  static void expect_texts_hashed(DType dtype) {
    std::vector<T> numbers = {std::numeric_limits<T>::min(), std::numeric_limits<T>::max(), T{0}};
    constexpr std::uint64_t largest{std::numeric_limits<T>::max()};
    for (std::uint64_t power = 1;; power *= 10) {
      for (const std::uint64_t number : {power, power + 1, power * 3 - 1}) {  // may wrap: unsigned
        numbers.push_back(static_cast<T>(number));
        numbers.push_back(static_cast<T>(0 - number));
      }
      if (power > largest / 10) break;
    }
    const HashKey key{7, 9};
    std::vector<std::int64_t> salted;
    std::vector<std::int64_t> plain;
    for (const T number : numbers) {
      const std::string text = std::to_string(number);
      salted.push_back(static_cast<std::int64_t>(siphash64(text, key) % 1000));
      plain.push_back(number == 1 ? 0 : static_cast<std::int64_t>(fingerprint64(text) % 999) + 1);
    }
    const Buffer data = to_backend<T>(backend(), numbers);
    const ValuesView view{dtype, data.data(), {}, std::ssize(numbers), 0};
    EXPECT_EQ(bucket(view, 1000, {.salt = key}), salted) << to_string(dtype);
    EXPECT_EQ(bucket(view, 1000, {.mask_value = std::int64_t{1}}), plain) << to_string(dtype);
  }

  static std::string refused(std::int64_t buckets, const HashBucketOptions& options) {
    std::int64_t* const nothing = nullptr;
    const ValuesView none{DType::string, nullptr, {}, 0, 0};
    return refusal<InvalidArgument>(
        [&] { hash_bucket(backend(), none, buckets, options, nothing, stream()); });
  }
};

TEST_P(KeyedHash, OfStringsIsSipHashBehindTheMaskedOne) {
  Rng rng(8);
  Strings strings;
  for (int size = 0; size < 80; ++size) strings.add(rng.bytes(size));
  strings.add("mask");
  strings.add("masks");
  strings.add("mas");
  for (const std::int64_t buckets : {std::int64_t{2}, std::int64_t{3}, INT64_MAX}) {
    for (const bool masks : {false, true}) {
      const HashKey key{rng.bits(), rng.bits()};
      HashBucketOptions options{.salt = key};
      if (masks) options.mask_value = "mask";
      std::vector<std::int64_t> right;
      for (std::int64_t i = 0; i < strings.count(); ++i) {
        const std::uint64_t n = static_cast<std::uint64_t>(buckets) - (masks ? 1 : 0);
        const auto id = static_cast<std::int64_t>(siphash64(strings.at(i), key) % n);
        right.push_back(!masks ? id : strings.at(i) == "mask" ? 0 : id + 1);
      }
      EXPECT_EQ(bucket(strings, buckets, options), right) << buckets;
    }
  }
}

TEST_P(KeyedHash, WithoutASaltIsFarmHash) {
  Strings strings;
  for (const char* token : {"a", "", "b", "longer than thirty-two bytes, it is hashed in blocks"}) {
    strings.add(token);
  }
  EXPECT_EQ(bucket(strings, 1000, {}), expected(strings, 1000));
  std::vector<std::int64_t> masked = expected(strings, 999);
  for (std::int64_t& id : masked) ++id;
  masked[1] = 0;
  EXPECT_EQ(bucket(strings, 1000, {.mask_value = ""}), masked);
}

TEST_P(KeyedHash, WithoutASaltHashesStringsOfEverySize) {
  Rng rng(9);
  Strings strings;
  for (int size = 0; size < 200; ++size) strings.add(rng.bytes(size));
  std::vector<std::int64_t> masked = expected(strings, 999);
  for (std::int64_t& id : masked) ++id;
  masked[150] = 0;
  const std::string mask(strings.at(150));
  EXPECT_EQ(bucket(strings, 1000, {.mask_value = mask}), masked);

  const std::vector<std::int32_t> narrow(strings.offsets.begin(), strings.offsets.end());
  const Buffer data = to_backend<char>(backend(), strings.bytes);
  const Buffer offsets = to_backend<std::int32_t>(backend(), narrow);
  const ValuesView view{DType::string,
                        data.data(),
                        {offsets.data(), strings.count() + 1, false},
                        strings.count(),
                        std::ssize(strings.bytes)};
  EXPECT_EQ(bucket(view, 1000, {.mask_value = mask}), masked);
}

TEST_P(KeyedHash, OfOneBucketIsZero) {
  Strings strings;
  for (int i = 0; i < 70; ++i) strings.add(std::to_string(i));
  const std::vector<std::int64_t> zeros(70);
  EXPECT_EQ(bucket(strings, 1, {}), zeros);
  EXPECT_EQ(bucket(strings, 1, {.salt = HashKey{1, 2}, .mask_value = "7"}), zeros);
}

TEST_P(KeyedHash, OfIntegersIsThatOfTheirDecimalText) {
  expect_texts_hashed<std::int8_t>(DType::int8);
  expect_texts_hashed<std::int16_t>(DType::int16);
  expect_texts_hashed<std::int32_t>(DType::int32);
  expect_texts_hashed<std::int64_t>(DType::int64);
  expect_texts_hashed<std::uint8_t>(DType::uint8);
  expect_texts_hashed<std::uint16_t>(DType::uint16);
  expect_texts_hashed<std::uint32_t>(DType::uint32);
  expect_texts_hashed<std::uint64_t>(DType::uint64);
}

// A masked integer is one number, whatever the width in which it comes.
TEST_P(KeyedHash, MasksANumberNotItsBits) {
  const auto of = [](DType dtype, const std::vector<std::uint64_t>& bits, const TokenValue& mask) {
    const Buffer data = to_backend<std::uint64_t>(backend(), bits);
    return bucket({dtype, data.data(), {}, std::ssize(bits), 0}, 1 << 30, {.mask_value = mask});
  };
  const std::vector<std::uint64_t> bits = {~std::uint64_t{0}, 5};
  EXPECT_EQ(of(DType::int64, bits, std::int64_t{-1})[0], 0);
  EXPECT_EQ(of(DType::uint64, bits, ~std::uint64_t{0})[0], 0);
  EXPECT_EQ(of(DType::uint64, bits, std::int64_t{5})[1], 0);
  EXPECT_NE(of(DType::uint64, bits, std::int64_t{5})[0], 0);

  // A column says its token's type once, features come in any width.
  Ragged rows(DType::uint64);
  rows.add_value(~std::uint64_t{0});
  rows.add_value(std::uint64_t{5});
  rows.end_row();
  Features features;
  features.set("k", rows.view());
  const auto ids = [&](const TokenValue& mask) {
    const SequenceFeatures layer({sequence_categorical_column_with_hash_bucket(
                                     "k", 1 << 30, DType::int64, {.mask_value = mask})},
                                 backend());
    return layer(features, Emit::ids).ids()[0].ids;
  };
  EXPECT_NE(ids(std::int64_t{-1})[0], 0);
  EXPECT_EQ(ids(std::int64_t{5})[1], 0);
}

TEST_P(KeyedHash, OfALayerAgreesWithTheFreeFunction) {
  Rng rng(9);
  const std::string mask(1500, 'm');  // longer than the free function takes
  std::vector<std::string> tokens = {"", "a", mask, mask + "m", mask.substr(1)};
  for (int i = 0; i < 200; ++i) tokens.push_back(rng.bytes(rng.between(0, 90)));
  Strings strings;
  for (const std::string& token : tokens) strings.add(token);
  const Ragged rows = from_rows({tokens});
  Features features;
  features.set("k", rows.view());
  const HashBucketOptions salted{.salt = HashKey{3, 4}};
  HashBucketOptions masked = salted;
  masked.mask_value = mask;
  const auto hashed = [](const std::string& key, const HashBucketOptions& options) {
    return sequence_categorical_column_with_hash_bucket(key, 97, DType::string, options);
  };
  const auto ids_of = [&](const HashBucketOptions& options) {
    return SequenceFeatures({hashed("k", options)}, backend())(features, Emit::ids).ids()[0].ids;
  };
  EXPECT_EQ(ids_of(salted), bucket(strings, 97, salted));
  std::vector<std::int64_t> right = bucket(strings, 96, salted);
  for (std::int64_t& id : right) ++id;
  right[2] = 0;
  EXPECT_EQ(ids_of(masked), right);

  // Two columns with one mask share it; one beside them that hashes plainly is not disturbed.
  features.set("plain", rows.view());
  const SequenceFeatures layer(
      {hashed("k", masked), indicator_column(hashed("k", masked)), hashed("plain", {})}, backend());
  const Batch batch = layer(features, Emit::ids);
  EXPECT_EQ(batch.ids()[0].ids, right);
  EXPECT_EQ(batch.ids()[1].ids, right);
  EXPECT_EQ(batch.ids()[2].ids, expected(strings, 97));
}

TEST_P(KeyedHash, RefusesWhatItCannotMask) {
  EXPECT_TRUE(holds(refused(0, {}), "num_buckets", "got 0", "at least 1"));
  EXPECT_TRUE(holds(refused(9, {.mask_value = std::int64_t{1}}), "mask_value", "string", "1"));
  EXPECT_TRUE(holds(refused(9, {.mask_value = std::string(1025, 'x')}), "1025", "at most 1024"));
  EXPECT_EQ(refused(9, {.mask_value = std::string(1024, 'x')}), "");
}

SEQFEAT_ON_EVERY_BACKEND(KeyedHash);

}  // namespace
}  // namespace seqfeat::test
