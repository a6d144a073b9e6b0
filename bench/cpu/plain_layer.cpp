// SPDX-License-Identifier: Apache-2.0
#include "bench/cpu/plain_layer.hpp"

#include <algorithm>
#include <cstring>

#include "bench/cpu/inputs.hpp"
#include "seqfeat/fingerprint.hpp"

namespace seqfeat::bench {
namespace {

const float* row_of(const RaggedView& tokens, const TableView& table, std::int64_t token) {
  const std::uint64_t bucket = fingerprint64(string_at(tokens.data, tokens.byte_offsets, token)) %
                               static_cast<std::uint64_t>(table.rows);
  return static_cast<const float*>(table.data) + static_cast<std::int64_t>(bucket) * table.stride();
}

}  // namespace

void hash_and_copy(const RaggedView& tokens, const TableView& table, float* values) {
  const auto size = static_cast<std::size_t>(table.dim) * sizeof(float);
  for (std::int64_t i = 0; i < tokens.value_count; ++i) {
    std::memcpy(values + i * table.dim, row_of(tokens, table, i), size);
  }
}

std::string difference_from_plain(const RaggedView& tokens, const TableView& table,
                                  const BatchSizes& shape, const Outputs& outputs) {
  const auto at = [](const char* what, std::int64_t row, std::int64_t step) {
    return std::string(what) + " of row " + std::to_string(row) + ", step " + std::to_string(step) +
           " differ from a plain loop's";
  };
  const auto* values = static_cast<const float*>(outputs.values);
  for (std::int64_t row = 0; row < shape.rows; ++row) {
    const std::int64_t first = tokens.row_offsets[row];
    const std::int64_t length = std::min(tokens.row_offsets[row + 1] - first, shape.padded_steps);
    if (outputs.lengths[row] != length) return at("lengths", row, length);
    for (std::int64_t step = 0; step < shape.padded_steps; ++step) {
      const bool real = step < length;
      const std::int64_t cell = row * shape.padded_steps + step;
      const float* expected = real ? row_of(tokens, table, first + step) : nullptr;
      for (std::int64_t d = 0; d < table.dim; ++d) {
        if (values[cell * table.dim + d] != (real ? expected[d] : 0.0F)) {
          return at("values", row, step);
        }
      }
      if (outputs.mask[cell] != (real ? 1 : 0)) return at("masks", row, step);
    }
  }
  return "";
}

}  // namespace seqfeat::bench
