// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <numeric>
#include <vector>

#include "bench/cuda_device.hpp"
#include "bench/hash_kernels.hpp"
#include "bench/padding.hpp"

// The benchmark's own kernels on the emulator: a baseline that is wrong compares nothing.

namespace seqfeat::bench {
namespace {

class BenchKernels : public testing::Test {
 protected:
  template <class T>
  Buffer upload(const std::vector<T>& values) const {
    const auto bytes = static_cast<std::int64_t>(values.size() * sizeof(T));
    Buffer buffer(backend_.memory(), bytes, stream_);
    backend_.copy(buffer.data(), values.data(), bytes, stream_);
    return buffer;
  }
  template <class T>
  std::vector<T> download(const Buffer& buffer) const {
    std::vector<T> values(static_cast<std::size_t>(buffer.size_bytes()) / sizeof(T));
    backend_.copy(values.data(), buffer.data(), buffer.size_bytes(), stream_);
    backend_.synchronize(stream_);
    return values;
  }

  Backend backend_ = Backend::cuda(0);
  std::unique_ptr<Device> device_ = make_cuda_device(backend_);
  Stream stream_ = device_->stream();
};

TEST_F(BenchKernels, FillEveryByteAndNoneBehind) {
  for (const std::int64_t bytes : {1, 15, 16, 17, 4096 * 16 + 3, 100'000}) {
    const Buffer buffer = upload(std::vector<std::uint8_t>(static_cast<std::size_t>(bytes) + 8, 9));
    fill_with_zeros(buffer.data(), bytes, stream_);
    std::vector<std::uint8_t> expected(static_cast<std::size_t>(bytes), 0);
    expected.insert(expected.end(), 8, 9);
    EXPECT_EQ(download<std::uint8_t>(buffer), expected) << bytes;
  }
}

TEST_F(BenchKernels, PadRowsOfAnyWidth) {
  const std::vector<std::int64_t> offsets = {0, 3, 3, 10, 11, 11, 14};
  constexpr std::int64_t kRows = 6;
  for (const std::int64_t dim : {1, 2, 3, 10, 128}) {
    for (const std::int64_t width : {7, 9}) {
      std::vector<float> ragged(static_cast<std::size_t>(14 * dim));
      std::iota(ragged.begin(), ragged.end(), 1.0F);
      const std::vector<float> poison(static_cast<std::size_t>(kRows * width * dim), -1.0F);
      const Buffer values = upload(poison);
      const Buffer from = upload(ragged);
      const Buffer rows = upload(offsets);
      pad_rows(from.as<const float>(), rows.as<const std::int64_t>(), kRows, width, dim,
               values.as<float>(), stream_);
      std::vector<float> expected;
      for (std::size_t row = 0; row < kRows; ++row) {
        expected.insert(expected.end(), ragged.begin() + offsets[row] * dim,
                        ragged.begin() + offsets[row + 1] * dim);
        expected.resize((row + 1) * static_cast<std::size_t>(width * dim), 0.0F);
      }
      EXPECT_EQ(download<float>(values), expected) << dim << " " << width;
    }
  }
}

TEST_F(BenchKernels, MaskRowsOfAnyWidth) {
  // The last width has more rows than groups of sixteen cells.
  for (const std::int64_t width : {25, 16, 7, 3, 1}) {
    std::vector<std::int64_t> offsets = {0};
    for (std::int64_t row = 0; row < 300; ++row) {
      offsets.push_back(offsets.back() + row * 7 % (width + 1));
    }
    const std::size_t rows = offsets.size() - 1;
    const Buffer mask =
        upload(std::vector<std::uint8_t>(rows * static_cast<std::size_t>(width), 9));
    const Buffer lengths = upload(std::vector<std::int64_t>(rows, -1));
    const Buffer from = upload(offsets);
    mask_rows(from.as<const std::int64_t>(), static_cast<std::int64_t>(rows), width,
              lengths.as<std::int64_t>(), mask.as<std::uint8_t>(), stream_);
    std::vector<std::int64_t> expected_lengths;
    std::vector<std::uint8_t> expected;
    for (std::size_t row = 0; row < rows; ++row) {
      const std::int64_t length = offsets[row + 1] - offsets[row];
      expected_lengths.push_back(length);
      for (std::int64_t t = 0; t < width; ++t) expected.push_back(t < length ? 1 : 0);
    }
    EXPECT_EQ(download<std::int64_t>(lengths), expected_lengths) << width;
    EXPECT_EQ(download<std::uint8_t>(mask), expected) << width;
  }
}

TEST_F(BenchKernels, ChainHashesOfEveryLength) {
  std::vector<std::uint8_t> bytes;
  std::vector<std::int32_t> offsets = {0};
  for (int size = 0; size <= kLongestChained; ++size) {
    for (int i = 0; i < size; ++i) bytes.push_back(static_cast<std::uint8_t>(size * 31 + i * 7));
    offsets.push_back(static_cast<std::int32_t>(bytes.size()));
  }
  const auto count = static_cast<std::int64_t>(offsets.size()) - 1;
  const Buffer ids = upload(std::vector<std::int32_t>(static_cast<std::size_t>(count), -1));
  const Buffer data = upload(bytes);
  const Buffer at = upload(offsets);
  hash_chained(data.as<const std::uint8_t>(), at.as<const std::int32_t>(), count, 1009,
               ids.as<std::int32_t>(), stream_);
  const std::vector<std::int32_t> got = download<std::int32_t>(ids);
  for (std::size_t i = 0; i < got.size(); ++i) {
    // By the definition, on a copy of the bytes: each repetition hashes them xored with a byte.
    std::uint64_t bucket = 0;
    for (int repetition = 0; repetition < kRepetitions; ++repetition) {
      std::vector<std::uint8_t> token(bytes.begin() + offsets[i], bytes.begin() + offsets[i + 1]);
      for (std::uint8_t& byte : token) byte ^= static_cast<std::uint8_t>(bucket);
      bucket = fingerprint64(MemoryBytes(token.data()), static_cast<std::int64_t>(i)) % 1009;
    }
    EXPECT_EQ(got[i], static_cast<std::int32_t>(bucket)) << i;
  }
}

}  // namespace
}  // namespace seqfeat::bench
