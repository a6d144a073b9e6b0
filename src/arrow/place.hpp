// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "seqfeat/ragged.hpp"

namespace seqfeat::detail {

/// Where a level of a column is, so that an error can name column and row.
class Place {
 public:
  /// The outermost level: its elements are the rows. Without a key: of all columns.
  explicit Place(std::string_view key) : key_(key) {}
  /// What is in the lists of `above`, of which these are the offsets.
  Place(const Place& above, const Offsets& offsets)
      : key_(above.key_), above_(&above), offsets_(offsets) {}
  /// The entries of a column's dictionaries, which are in no row.
  [[nodiscard]] static Place of_entries(std::string_view key) {
    Place place(key);
    place.has_rows_ = false;
    return place;
  }
  Place(const Place&) = default;
  Place& operator=(const Place&) = delete;
  Place(Place&&) = default;
  Place& operator=(Place&&) = delete;
  ~Place() = default;

  [[nodiscard]] std::string_view key() const noexcept { return key_; }

  /// Throws DataError about the column as a whole.
  [[noreturn]] void refuse(std::string_view reason) const;
  /// Throws DataError about the level's element `i`.
  [[noreturn]] void refuse_at(std::int64_t i, std::string_view reason) const;
  /// Throws OutOfMemory if `bytes` bytes cannot be had. A count below 0 is one that overflowed.
  void require_memory(std::int64_t bytes) const;

 private:
  [[nodiscard]] std::int64_t row_of(std::int64_t i) const noexcept;

  std::string_view key_;
  const Place* above_ = nullptr;
  Offsets offsets_;
  bool has_rows_ = true;
};

}  // namespace seqfeat::detail
