// SPDX-License-Identifier: Apache-2.0
#include <string>
#include <vector>

#include "backend/backend_impl.hpp"
#include "seqfeat/lookup.hpp"
#include "tests/device/bits.hpp"
#include "tests/device/device_test.hpp"
#include "tests/support/backend_test.hpp"
#include "tests/support/device.hpp"
#include "tests/support/random.hpp"

// Tables that fill the cache, that are larger, and that have more bytes than 32 bits can count.

namespace seqfeat::test {
namespace {

constexpr std::int64_t kDim = 32;
constexpr std::int64_t kRowBytes = kDim * 4;

class TableSizes : public DeviceTest {
 protected:
  static std::int64_t cache_bytes() {
    cudaDeviceProp properties{};
    check(cudaGetDeviceProperties(&properties, 0), "cudaGetDeviceProperties");
    return properties.l2CacheSize;
  }

  /// Sums of `values` rows each, from a table of `bytes` bytes, have the bits of its formula.
  static void expect_right_sums(std::int64_t bytes, std::int64_t values) {
    const std::int64_t rows = bytes / kRowBytes;
    SCOPED_TRACE(std::to_string(rows) + " rows, " + std::to_string(values) + " a step");
    const Stream stream = backend().impl().own_stream();
    const Buffer table(backend().memory(), rows * kRowBytes, stream);
    fill_table(table.as<float>(), rows * kDim, stream);

    Rng rng(static_cast<std::uint64_t>(rows));
    std::vector<std::int64_t> ids = {0, rows - 1};
    const std::int64_t count = values * scaled(200'000, 64);
    while (std::ssize(ids) < count) ids.push_back(rng.between(0, rows - 1));
    std::vector<std::int64_t> offsets;
    for (std::int64_t id = 0; values > 1 && id <= count; id += values) offsets.push_back(id);
    const Buffer device_ids = to_backend(backend(), std::span<const std::int64_t>(ids));
    const Buffer device_offsets = to_backend(backend(), std::span<const std::int64_t>(offsets));
    const Buffer output(backend().memory(), count / values * kRowBytes, stream);
    lookup(backend(), {table.data(), rows, kDim}, device_ids.as<std::int64_t>(), count,
           offsets.empty() ? Offsets{} : Offsets{device_offsets.data(), std::ssize(offsets), true},
           {Combiner::sum, std::nullopt, nullptr}, output.data(), 0, stream);

    const std::vector<float> got =
        to_host(backend(), output.as<const float>(), count / values * kDim);
    for (std::size_t i = 0; i < got.size(); ++i) {
      const auto step = static_cast<std::int64_t>(i) / kDim;
      const auto element = static_cast<std::int64_t>(i) % kDim;
      float expected = 0;
      for (std::int64_t v = 0; v < values; ++v) {
        expected += table_float(ids[static_cast<std::size_t>(step * values + v)] * kDim + element);
      }
      ASSERT_EQ(got[i], expected) << "step " << step << ", element " << element;
    }
  }
};

TEST_F(TableSizes, BelowAndBeyondTheCacheAreLookedUpRight) {
  for (const double share : {0.5, 1.0, 2.0, 8.0}) {
    for (const std::int64_t values : {1, 2}) {
      const double bytes = share * static_cast<double>(cache_bytes());
      expect_right_sums(std::max<std::int64_t>(kRowBytes, std::llround(bytes)), values);
    }
  }
}

TEST_F(TableSizes, BeyondFourGigabytesAreLookedUpRight) {
  constexpr std::int64_t kBytes = 5LL << 30;
  std::size_t free = 0;
  std::size_t total = 0;
  check(cudaMemGetInfo(&free, &total), "cudaMemGetInfo");
  if (static_cast<double>(total) < 1.5 * kBytes) GTEST_SKIP() << "the device has too little memory";
  for (const std::int64_t values : {1, 2}) expect_right_sums(scaled(kBytes, kRowBytes), values);
}

}  // namespace
}  // namespace seqfeat::test
