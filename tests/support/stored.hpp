// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "seqfeat/float_type.hpp"
#include "seqfeat/table.hpp"
#include "tests/support/random.hpp"

// Floats as they are stored in tables and outputs.

namespace seqfeat::test {

inline constexpr FloatType kFloatTypes[] = {FloatType::float32, FloatType::float16,
                                            FloatType::bfloat16};

/// The bytes of `floats`, each rounded once to `type`.
[[nodiscard]] std::vector<std::byte> stored(FloatType type, std::span<const float> floats);
/// What such bytes mean.
[[nodiscard]] std::vector<float> widened(FloatType type, std::span<const std::byte> bytes);
/// The floats after they were stored.
[[nodiscard]] std::vector<float> rounded(FloatType type, std::span<const float> floats);

/// A table on the host, with NaNs between its rows where there is room.
struct StoredTable {
  std::vector<std::byte> bytes;
  std::int64_t rows;
  std::int64_t dim;
  std::int64_t pitch;
  FloatType type;

  [[nodiscard]] TableView view() const { return {bytes.data(), rows, dim, pitch, type}; }
};
[[nodiscard]] StoredTable stored_table(FloatType type, std::span<const float> floats,
                                       std::int64_t dim, std::int64_t pitch);

/// Values of a table: ordinary ones, some that a half cannot hold, zeros, subnormals, infinities.
[[nodiscard]] std::vector<float> random_floats(Rng& rng, std::int64_t count);

}  // namespace seqfeat::test
