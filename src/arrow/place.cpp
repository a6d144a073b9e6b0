// SPDX-License-Identifier: Apache-2.0
#include "arrow/place.hpp"

#include <limits>

#include "backend/concat.hpp"
#include "backend/host_memory.hpp"
#include "seqfeat/error.hpp"

namespace seqfeat::detail {

void Place::refuse(std::string_view reason) const {
  if (key_.empty()) throw DataError(concat("Arrow table: ", reason));
  throw DataError({.column = std::string(key_)}, concat("Arrow column: ", reason));
}

void Place::refuse_at(std::int64_t i, std::string_view reason) const {
  if (!has_rows_) refuse(concat("entry ", i, " of a dictionary: ", reason));
  throw DataError({.row = row_of(i), .column = std::string(key_)}, reason);
}

std::int64_t Place::row_of(std::int64_t i) const noexcept {
  if (above_ == nullptr) return i;
  // The last list that begins at `i` or before it.
  std::int64_t list = 0;
  for (std::int64_t end = offsets_.count - 1; end - list > 1;) {
    const std::int64_t middle = list + (end - list) / 2;
    (offsets_[middle] <= i ? list : end) = middle;
  }
  return above_->row_of(list);
}

void Place::require_memory(std::int64_t bytes) const {
  // To ask the system takes longer than to read a small batch.
  constexpr std::int64_t kSmall = std::int64_t{16} << 20;
  if (bytes >= 0 && bytes <= kSmall) return;
  require_host_memory(bytes < 0 ? std::numeric_limits<std::int64_t>::max() : bytes,
                      concat("feature '", key_, "'"));
}

}  // namespace seqfeat::detail
