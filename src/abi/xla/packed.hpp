// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "seqfeat/column.hpp"
#include "seqfeat/features.hpp"
#include "seqfeat/ragged.hpp"

// A batch as one array of bytes whose size follows from a capacity alone, so that every batch has
// the shape that a compiled program was compiled for. Rows go in whole: the layer cuts them.

namespace seqfeat::xla {

/// The largest batch. Steps, values and bytes are those of the feature that has the most.
struct PackedCapacity {
  std::int64_t rows = 0;
  std::int64_t steps = 0;
  std::int64_t values = 0;
  std::int64_t bytes = 0;  ///< Of strings.

  friend bool operator==(const PackedCapacity&, const PackedCapacity&) = default;
};

/// Where the parts of a packed batch begin, in bytes. The steps of crosses are among them, since a
/// device does not make them. Behind what a batch has, offsets repeat their
/// last one, so that rows behind the batch's are empty ones, on a device too, where nobody on the
/// host knows how many there are. All bytes 0 are a batch of empty rows.
class PackedLayout {
 public:
  /// Throws   InvalidArgument if a size is negative, or the bytes overflow int64.
  PackedLayout(std::span<const Column> columns, const PackedCapacity& capacity);

  [[nodiscard]] const PackedCapacity& capacity() const noexcept { return capacity_; }
  [[nodiscard]] std::int64_t bytes() const noexcept { return bytes_; }
  [[nodiscard]] std::int64_t features() const noexcept { return std::ssize(features_); }

  /// Writes features that were checked, at `to`, which has `bytes()` bytes, all of them 0: the rows
  /// from `first_row` on, at most as many as the capacity has.
  ///
  /// Throws   InvalidArgument naming the feature: larger than the capacity, or an integer that the
  ///          column's type and 64 bits do not hold; features on a device.
  void pack(const Features& features, std::int64_t first_row, std::byte* to) const;

  /// Views of a batch in host memory, as large as it says it is.
  ///
  /// Throws   DataError naming the feature whose sizes are outside the capacity.
  [[nodiscard]] Features on_host(const std::byte* batch) const;

  /// Views of a batch in a device's memory, as large as the capacity.
  [[nodiscard]] Features on_device(const std::byte* batch) const;

 private:
  struct Feature {
    std::string key;
    DType dtype;               ///< string, int64, uint64 or float32.
    std::int64_t numbers = 0;  ///< Of a numeric column: how many a step has.
    /// Of a cross, which has steps and no data: what it crosses.
    std::vector<std::string> operands = {};
    std::int64_t flat = 0;          ///< An int32: 1 if each step has one value.
    std::int64_t row_offsets = 0;   ///< [rows + 1]
    std::int64_t step_offsets = 0;  ///< [steps + 1]
    std::int64_t byte_offsets = 0;  ///< [values + 1] of strings
    std::int64_t data = 0;          ///< [bytes] of strings, else [values]
  };

  struct Part;

  [[nodiscard]] std::int64_t take(std::int64_t count, std::int64_t size);
  void take_steps(Feature& feature);
  void check_fits(const Feature& feature, const Part& part) const;
  template <class Offset>
  void write(const Feature& feature, const RaggedView& view, const Part& part, std::byte* to) const;
  [[nodiscard]] Offsets offsets(const std::byte* batch, std::int64_t at,
                                std::int64_t count) const noexcept;

  PackedCapacity capacity_;
  std::vector<Feature> features_;
  std::int64_t bytes_ = 0;
  bool wide_ = false;  ///< Offsets have 64 bits.
};

}  // namespace seqfeat::xla
