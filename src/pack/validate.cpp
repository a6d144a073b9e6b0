// SPDX-License-Identifier: Apache-2.0
#include <string_view>

#include "backend/concat.hpp"
#include "seqfeat/error.hpp"
#include "seqfeat/ragged.hpp"

namespace seqfeat {
namespace {

using detail::concat;

struct Level {
  std::string_view name;     // of the offsets
  std::string_view element;  // what an element of this level is called
  std::int64_t elements;
  std::int64_t limit;  // size of the next level
};

[[noreturn]] void fail(std::string_view key, const Level& level, std::int64_t i, std::int64_t got,
                       const std::string& expected) {
  throw DataError(concat("feature '", key, "': ", level.element, " ", i, ": ", level.name, "[", i,
                         "] is ", got, ", expected ", expected));
}

/// Offsets of one level: in order, inside the next level.
void check_level(const Offsets& offsets, const Level& level, std::string_view key, bool whole) {
  if (offsets.count != level.elements + 1) {
    throw InvalidArgument(concat("feature '", key, "': ", level.name, " has ", offsets.count,
                                 " offsets, expected ", level.elements + 1));
  }
  std::int64_t before = whole ? 0 : offsets[0];
  if (whole && offsets[0] != 0) fail(key, level, 0, offsets[0], "0");
  if (before < 0) fail(key, level, 0, before, "at least 0");
  for (std::int64_t i = 1; i <= level.elements; ++i) {
    const std::int64_t offset = offsets[i];
    if (offset < before) fail(key, level, i, offset, concat("at least ", before));
    before = offset;
  }
  if (whole ? before != level.limit : before > level.limit) {
    fail(key, level, level.elements, before, concat(whole ? "" : "at most ", level.limit));
  }
}

void check_sizes(const RaggedView& view, std::string_view key) {
  const auto refuse = [&](std::string_view what, std::int64_t got, std::string_view expected) {
    throw InvalidArgument(
        concat("feature '", key, "': ", what, " is ", got, ", expected ", expected));
  };
  if (view.value_count < 0) refuse("value_count", view.value_count, "at least 0");
  if (view.bytes < 0) refuse("bytes", view.bytes, "at least 0");
  if (view.row_offsets.absent() || view.row_offsets.count < 1) {
    refuse("row_offsets.count", view.row_offsets.count, "rows + 1");
  }
  if (view.data == nullptr && (is_integer(view.dtype) ? view.value_count : view.bytes) > 0) {
    throw InvalidArgument(concat("feature '", key, "': data is null"));
  }
  if (!view.step_offsets.absent()) {
    if (view.step_offsets.count < 1) {
      refuse("step_offsets.count", view.step_offsets.count, "steps + 1");
    }
  } else if (view.values_per_step < 1) {
    refuse("values_per_step", view.values_per_step, "at least 1");
  } else if (view.value_count % view.values_per_step != 0) {
    refuse("value_count", view.value_count, concat("a multiple of ", view.values_per_step));
  }
  if (!is_integer(view.dtype) && (view.byte_offsets.absent() && view.value_count > 0)) {
    refuse("byte_offsets.count", view.byte_offsets.count, "values + 1");
  }
}

}  // namespace

void validate_shape(const RaggedView& view, std::string_view key) {
  check_sizes(view, key);
  if (!is_integer(view.dtype) && view.value_count > 0 &&
      view.byte_offsets.count != view.value_count + 1) {
    throw InvalidArgument(concat("feature '", key, "': byte_offsets has ", view.byte_offsets.count,
                                 " offsets, expected ", view.value_count + 1));
  }
}

void validate(const RaggedView& view, std::string_view key) {
  validate_shape(view, key);
  if (view.trusted) return;
  check_level(view.row_offsets, {"row_offsets", "row", view.rows(), view.steps()}, key, true);
  if (!view.step_offsets.absent()) {
    check_level(view.step_offsets, {"step_offsets", "step", view.steps(), view.value_count}, key,
                true);
  }
  if (!is_integer(view.dtype) && view.value_count > 0) {
    check_level(view.byte_offsets, {"byte_offsets", "value", view.value_count, view.bytes}, key,
                false);
  }
}

}  // namespace seqfeat
