// SPDX-License-Identifier: Apache-2.0
#include "seqfeat/error.hpp"

#include <utility>

namespace seqfeat {
namespace {

template <class T>
void take(std::optional<T>& known, const std::optional<T>& more) {
  if (more) known = more;
}

/// "FILE:RECORD: COLUMN: ", as far as it is known. A row of the batch means something only where
/// no record is known, an offset only where the record has no number.
std::string prefix(const DataPlace& place) {
  const auto numbered = [](const char* what, std::int64_t number) {
    return what + std::to_string(number) + ": ";
  };
  std::string text;
  if (place.file) text = *place.file + (place.record ? ":" : ": ");
  if (place.record) {
    text += numbered(place.file ? "" : "record ", *place.record);
  } else if (place.offset) {
    text += numbered("byte ", *place.offset);
  } else if (place.row) {
    text += numbered("row ", *place.row);
  }
  if (place.column) text += *place.column + ": ";
  return text;
}

}  // namespace

DataError::DataError(DataPlace place, std::string_view reason)
    : Error(prefix(place) + std::string(reason)),
      place_(std::make_shared<const DataPlace>(std::move(place))),
      reason_(std::string_view(what()).size() - reason.size()) {}

DataError DataError::at(const DataPlace& more) const {
  DataPlace known = place();
  take(known.file, more.file);
  take(known.record, more.record);
  take(known.offset, more.offset);
  take(known.row, more.row);
  take(known.column, more.column);
  return {std::move(known), reason()};
}

DataError DataError::with(DataPlace place) const {
  DataError same = *this;
  same.place_ = std::make_shared<const DataPlace>(std::move(place));
  return same;
}

const DataPlace& DataError::place() const noexcept {
  static const DataPlace kUnknown;
  return place_ != nullptr ? *place_ : kUnknown;
}

}  // namespace seqfeat
