// SPDX-License-Identifier: Apache-2.0
#include "tests/support/stored.hpp"

#include <cstring>
#include <limits>

namespace seqfeat::test {
namespace {

std::size_t bytes_of(FloatType type, std::size_t count) {
  return count * static_cast<std::size_t>(size_of(type));
}

}  // namespace

std::vector<std::byte> stored(FloatType type, std::span<const float> floats) {
  std::vector<std::byte> bytes(bytes_of(type, floats.size()));
  for (std::size_t i = 0; i < floats.size(); ++i) {
    std::byte* to = bytes.data() + bytes_of(type, i);
    if (type == FloatType::float32) {
      std::memcpy(to, &floats[i], sizeof(float));
    } else {
      const std::uint16_t bits = type == FloatType::float16 ? float16_from_float(floats[i])
                                                            : bfloat16_from_float(floats[i]);
      std::memcpy(to, &bits, sizeof bits);
    }
  }
  return bytes;
}

std::vector<float> widened(FloatType type, std::span<const std::byte> bytes) {
  std::vector<float> floats(bytes.size() / static_cast<std::size_t>(size_of(type)));
  for (std::size_t i = 0; i < floats.size(); ++i) {
    const std::byte* from = bytes.data() + bytes_of(type, i);
    if (type == FloatType::float32) {
      std::memcpy(&floats[i], from, sizeof(float));
    } else {
      std::uint16_t bits = 0;
      std::memcpy(&bits, from, sizeof bits);
      floats[i] = type == FloatType::float16 ? float_from_float16(bits) : float_from_bfloat16(bits);
    }
  }
  return floats;
}

std::vector<float> rounded(FloatType type, std::span<const float> floats) {
  return widened(type, stored(type, floats));
}

StoredTable stored_table(FloatType type, std::span<const float> floats, std::int64_t dim,
                         std::int64_t pitch) {
  std::vector<float> spaced;
  for (auto row = floats.begin(); row != floats.end(); row += dim) {
    spaced.insert(spaced.end(), row, row + dim);
    spaced.insert(spaced.end(), static_cast<std::size_t>(pitch - dim),
                  std::numeric_limits<float>::quiet_NaN());
  }
  return {stored(type, spaced), std::ssize(floats) / dim, dim, pitch, type};
}

std::vector<float> random_floats(Rng& rng, std::int64_t count) {
  std::vector<float> floats(static_cast<std::size_t>(count));
  for (float& v : floats) {
    v = rng.real();
    if (rng.once_in(50)) v = rng.pick({0.0F, -0.0F, 1e-40F, 5e-8F, -3e-5F, 65519.0F, 7e4F, 3e38F});
    if (rng.once_in(500)) {
      v = rng.pick(
          {std::numeric_limits<float>::infinity(), std::numeric_limits<float>::quiet_NaN()});
    }
  }
  return floats;
}

}  // namespace seqfeat::test
