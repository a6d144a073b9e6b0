// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "seqfeat/detail/growing_array.hpp"
#include "seqfeat/detail/hd.hpp"
#include "seqfeat/dtype.hpp"

// The type that flows: batch row -> time step -> value, as offsets into one another (CSR).

namespace seqfeat {

/// Which memory a pointer names.
enum class Location : std::uint8_t { host, device };

/// A view of offsets of 32 or 64 bits. Element i spans [o[i], o[i + 1]).
struct Offsets {
  const void* data = nullptr;
  std::int64_t count = 0;  ///< Number of offsets: elements + 1. 0 where the level is absent.
  bool wide = true;        ///< int64, else int32.

  [[nodiscard]] SEQFEAT_HD std::int64_t operator[](std::int64_t i) const noexcept {
    return wide ? static_cast<const std::int64_t*>(data)[i]
                : std::int64_t{static_cast<const std::int32_t*>(data)[i]};
  }
  [[nodiscard]] SEQFEAT_HD bool absent() const noexcept { return data == nullptr; }
};

[[nodiscard]] inline Offsets offsets_of(std::span<const std::int64_t> o) noexcept {
  return {o.data(), static_cast<std::int64_t>(o.size()), true};
}
[[nodiscard]] inline Offsets offsets_of(std::span<const std::int32_t> o) noexcept {
  return {o.data(), static_cast<std::int64_t>(o.size()), false};
}

/// String `i` of those at `data`, in host memory.
[[nodiscard]] inline std::string_view string_at(const void* data, const Offsets& byte_offsets,
                                                std::int64_t i) noexcept {
  const std::int64_t begin = byte_offsets[i];
  return {static_cast<const char*>(data) + begin,
          static_cast<std::size_t>(byte_offsets[i + 1] - begin)};
}

/// A view of a ragged batch of tokens or numbers. Trivially copyable; usable in kernels.
///
/// Shapes   row_offsets [rows + 1] into steps; step_offsets [steps + 1] into values, absent where
///          every step has `values_per_step` values; strings: byte_offsets [values + 1] into the
///          bytes at `data`; integers and floats: `data` holds value_count numbers of type `dtype`.
///          Row and step offsets start at 0; byte offsets may start anywhere inside `bytes`.
struct RaggedView {
  Offsets row_offsets;
  Offsets step_offsets;
  Offsets byte_offsets;
  const void* data = nullptr;
  std::int64_t values_per_step = 1;
  std::int64_t value_count = 0;
  std::int64_t bytes = 0;  ///< Size of the byte buffer; strings only.
  DType dtype = DType::string;
  Location location = Location::host;
  bool trusted = false;  ///< The caller vouches for the offsets; they are not checked again.

  [[nodiscard]] SEQFEAT_HD std::int64_t rows() const noexcept {
    return row_offsets.count > 0 ? row_offsets.count - 1 : 0;
  }
  [[nodiscard]] SEQFEAT_HD std::int64_t steps() const noexcept {
    if (!step_offsets.absent()) return step_offsets.count > 0 ? step_offsets.count - 1 : 0;
    return values_per_step > 0 ? value_count / values_per_step : 0;
  }
  /// A bound of the row offsets for kernels: at least `steps()`, but computed without a division.
  /// The values have a bound of their own, their count.
  [[nodiscard]] SEQFEAT_HD std::int64_t step_limit() const noexcept {
    if (step_offsets.absent()) return value_count;
    return step_offsets.count > 0 ? step_offsets.count - 1 : 0;
  }
  /// The first value of step `s`. For `s == steps()` it is the number of values.
  [[nodiscard]] SEQFEAT_HD std::int64_t first_value(std::int64_t s) const noexcept {
    return step_offsets.absent() ? s * values_per_step : step_offsets[s];
  }
};

/// Checks the CSR invariants of a host view: levels start at 0, do not decrease, end at the size of
/// the next level; bytes lie inside their buffer; counts are not negative.
///
/// Throws   DataError naming `key`, the row (or step, or value), the offset and what it should be.
void validate(const RaggedView& view, std::string_view key);

/// The part of `validate` that reads no offset: counts and pointers. For views of device memory.
///
/// Throws   InvalidArgument naming `key` and the member.
void validate_shape(const RaggedView& view, std::string_view key);

/// A ragged batch on the host that owns its memory.
class Ragged {
 public:
  /// An empty batch (no rows) of tokens of type `dtype`.
  explicit Ragged(DType dtype = DType::string);

  [[nodiscard]] RaggedView view() const noexcept;
  [[nodiscard]] DType dtype() const noexcept { return dtype_; }
  [[nodiscard]] std::int64_t rows() const noexcept {
    return static_cast<std::int64_t>(row_offsets_.size()) - 1;
  }

  // Appending: values go into the open step, steps into the open row, rows into the batch.
  // `add_value`s without `end_step` between them make one step of several values.

  void add_value(std::string_view token);  ///< Strings only.
  void add_value(std::int64_t token);   ///< Signed integers; DataError if out of the type's range.
  void add_value(std::uint64_t token);  ///< Unsigned integers; likewise.
  void add_number(double number);       ///< Floats; rounded to the type.
  void end_step();                      ///< Without values: a hole.
  void end_row();                       ///< Ends the open step if it has values.

  // In bulk: the caller writes tokens in place and says how many; they belong to the open step.

  /// Where strings may be written.
  struct StringRoom {
    std::int64_t* ends;  ///< Where each string ends, counted like `begin`.
    std::byte* bytes;    ///< The strings, one behind the other.
    std::int64_t begin;  ///< Where the first one begins.
  };
  /// Reserves room for `count` strings of `bytes` bytes in all, valid until the next call that
  /// adds. Strings only.
  [[nodiscard]] StringRoom string_room(std::size_t count, std::size_t bytes) {
    if (dtype_ != DType::string) refuse_strings();
    return {byte_offsets_.room(count), data_.room(bytes), byte_offsets_.back()};
  }
  /// The first `count` strings of the room, `bytes` bytes in all, have been written.
  void add_written(std::size_t count, std::size_t bytes) noexcept {
    byte_offsets_.added(count);
    data_.added(bytes);
  }
  /// Adds integers, which must be in the type's range. Integers only.
  void add_integers(std::span<const std::int64_t> tokens);
  /// Adds numbers. Floats only.
  void add_numbers(std::span<const float> numbers);
  /// Makes each value of the open step a step of its own.
  void end_steps();

  /// Goes back to the first `rows` rows and drops what is open; memory is kept.
  void cut_back(std::int64_t rows);
  void clear() { cut_back(0); }

 private:
  [[noreturn]] void refuse_strings() const;
  [[noreturn]] void refuse_integers() const;
  void append_integer(std::uint64_t bits);
  [[nodiscard]] std::int64_t values() const noexcept;
  [[nodiscard]] std::int64_t closed_values() const noexcept;  ///< Those in steps that have ended.

  DType dtype_;
  int size_bits_;        ///< A value takes 2^size_bits_ bytes.
  bool nested_ = false;  ///< Some step has not exactly one value, so step_offsets_ is needed.
  std::int64_t closed_steps_ = 0;
  std::vector<std::int64_t> row_offsets_;
  std::vector<std::int64_t> step_offsets_;
  detail::GrowingArray<std::int64_t> byte_offsets_;
  detail::GrowingArray<std::byte> data_;
};

inline std::int64_t Ragged::values() const noexcept {
  return dtype_ != DType::string ? static_cast<std::int64_t>(data_.size() >> size_bits_)
                                 : static_cast<std::int64_t>(byte_offsets_.size()) - 1;
}

inline std::int64_t Ragged::closed_values() const noexcept {
  return nested_ ? step_offsets_.back() : closed_steps_;
}

inline void Ragged::end_steps() {
  const std::int64_t end = values();
  if (nested_) {
    for (std::int64_t v = step_offsets_.back() + 1; v <= end; ++v) step_offsets_.push_back(v);
    closed_steps_ = static_cast<std::int64_t>(step_offsets_.size()) - 1;
  } else {
    closed_steps_ = end;
  }
}

inline void Ragged::end_row() {
  if (values() > closed_values()) end_step();
  row_offsets_.push_back(closed_steps_);
}

}  // namespace seqfeat
