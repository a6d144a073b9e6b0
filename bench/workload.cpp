// SPDX-License-Identifier: Apache-2.0
#include "bench/workload.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

#include "bench/inputs.hpp"

namespace seqfeat::bench {

void Floats::reserve(std::int64_t elements, FloatType type) {
  const std::int64_t float_bytes = size_of(FloatType::float32);
  const std::int64_t count = (elements * size_of(type) + float_bytes - 1) / float_bytes;
  if (count <= count_) return;
  count_ = 0;
  device_ = Buffer();
  host_.reset();
  host_ = std::make_unique_for_overwrite<float[]>(static_cast<std::size_t>(count));
  in_parallel(count, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      const auto bits = static_cast<std::int32_t>(random_bits(7, static_cast<std::uint64_t>(i)));
      // Without the bit that would let the lower half be a half of any exponent.
      const auto value = std::bit_cast<std::uint32_t>(static_cast<float>(bits) * 0x1p-31F);
      host_[static_cast<std::size_t>(i)] = std::bit_cast<float>(value & ~0x4000U);
    }
  });
  const std::int64_t bytes = count * float_bytes;
  device_ = Buffer(backend_.memory(), bytes, stream_);
  backend_.copy(device_.data(), host_.get(), bytes, stream_);
  backend_.synchronize(stream_);
  count_ = count;
}

std::int64_t scaled(std::int64_t count, double scale, std::int64_t least) {
  return std::max<std::int64_t>(least, std::llround(static_cast<double>(count) * scale));
}

Buffer Context::allocate(std::int64_t bytes) const {
  return {backend.memory(), bytes, device.stream()};
}

Buffer Context::upload_bytes(const void* data, std::int64_t bytes) const {
  Buffer buffer = allocate(bytes);
  backend.copy(buffer.data(), data, bytes, device.stream());
  backend.synchronize(device.stream());
  return buffer;
}

std::string Context::difference_of(const char* what, const void* got,
                                   std::span<const std::byte> expected, std::size_t element) const {
  constexpr std::size_t kPiece = std::size_t{1} << 26;  // outputs may have as much as the host
  std::vector<std::byte> host(std::min(kPiece, expected.size()));
  for (std::size_t first = 0; first < expected.size(); first += kPiece) {
    const auto piece = expected.subspan(first, std::min(kPiece, expected.size() - first));
    backend.copy(host.data(), static_cast<const std::byte*>(got) + first,
                 static_cast<std::int64_t>(piece.size()), device.stream());
    backend.synchronize(device.stream());
    if (std::memcmp(host.data(), piece.data(), piece.size()) == 0) continue;
    const auto at = static_cast<std::size_t>(
        std::mismatch(piece.begin(), piece.end(), host.begin()).first - piece.begin());
    return std::string(what) + "[" + std::to_string((first + at) / element) + "]";
  }
  return "";
}

}  // namespace seqfeat::bench
