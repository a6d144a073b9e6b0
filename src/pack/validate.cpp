// SPDX-License-Identifier: Apache-2.0
#include <string_view>
#include <type_traits>

#include "backend/concat.hpp"
#include "backend/simd.hpp"
#include "backend/sizes.hpp"
#include "pack/in_order.hpp"
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

/// Whether offsets are in order and not negative, without a branch for each.
template <class Offset>
[[gnu::always_inline]] inline bool in_order_inline(const Offset* offsets,
                                                   std::int64_t count) noexcept {
  using Bits = std::make_unsigned_t<Offset>;
  constexpr std::int64_t kBlock = 16;  // of a fixed size, so that compilers take several at once
  // The difference of two numbers that are not negative cannot overflow: the signs tell all.
  Bits signs = static_cast<Bits>(offsets[0]);
  const auto look_at = [&](std::int64_t i) {
    const auto offset = static_cast<Bits>(offsets[i]);
    signs |= offset | (offset - static_cast<Bits>(offsets[i - 1]));
  };
  std::int64_t i = 1;
  for (; i + kBlock <= count; i += kBlock) {
    for (std::int64_t k = 0; k < kBlock; ++k) look_at(i + k);
  }
  for (; i < count; ++i) look_at(i);
  return signs >> (8 * sizeof(Bits) - 1) == 0;
}

#if defined(__x86_64__)
template <class Offset>
[[gnu::target("avx2")]] bool in_order_avx2(const Offset* offsets, std::int64_t count) noexcept {
  return in_order_inline(offsets, count);
}
#endif

/// Checks every batch before it is packed, so that wider registers pay.
template <class Offset>
bool in_order(const Offset* offsets, std::int64_t count) noexcept {
#if defined(__x86_64__)
  static const bool kWide = detail::in_use(detail::Part::checking) >= detail::Simd::avx2;
  if (kWide) return in_order_avx2(offsets, count);
#endif
  return in_order_inline(offsets, count);
}

/// Offsets of one level: in order, inside the next level.
void check_level(const Offsets& offsets, const Level& level, std::string_view key, bool whole) {
  if (offsets.count != level.elements + 1) {
    throw InvalidArgument(concat("feature '", key, "': ", level.name, " has ", offsets.count,
                                 " offsets, expected ", level.elements + 1));
  }
  if (whole && offsets[0] != 0) fail(key, level, 0, offsets[0], "0");
  if (offsets[0] < 0) fail(key, level, 0, offsets[0], "at least 0");
  if (!detail::in_order(offsets)) {
    std::int64_t i = 1;
    while (i < level.elements && offsets[i] >= offsets[i - 1]) ++i;
    fail(key, level, i, offsets[i], concat("at least ", offsets[i - 1]));
  }
  const std::int64_t last = offsets[level.elements];
  if (whole ? last != level.limit : last > level.limit) {
    fail(key, level, level.elements, last, concat(whole ? "" : "at most ", level.limit));
  }
}

void check_sizes(const RaggedView& view, std::string_view key) {
  const auto refuse = [&](std::string_view what, std::int64_t got, std::string_view expected) {
    throw InvalidArgument(
        concat("feature '", key, "': ", what, " is ", got, ", expected ", expected));
  };
  const auto refuse_if_beyond = [&](std::string_view what, std::int64_t got, std::int64_t most) {
    if (got > most) refuse(what, got, concat("at most ", most));
  };
  if (view.value_count < 0) refuse("value_count", view.value_count, "at least 0");
  refuse_if_beyond("value_count", view.value_count, detail::kMostValues);
  refuse_if_beyond("row_offsets.count", view.row_offsets.count, detail::kMostValues + 1);
  refuse_if_beyond("step_offsets.count", view.step_offsets.count, detail::kMostValues + 1);
  if (view.bytes < 0) refuse("bytes", view.bytes, "at least 0");
  if (view.row_offsets.absent() || view.row_offsets.count < 1) {
    refuse("row_offsets.count", view.row_offsets.count, "rows + 1");
  }
  if (view.data == nullptr && (view.dtype != DType::string ? view.value_count : view.bytes) > 0) {
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
  if (view.dtype == DType::string && (view.byte_offsets.absent() && view.value_count > 0)) {
    refuse("byte_offsets.count", view.byte_offsets.count, "values + 1");
  }
}

}  // namespace

bool detail::in_order(const Offsets& offsets) noexcept {
  const auto typed = [&]<class Offset>(const Offset* data) {
    return seqfeat::in_order(data, offsets.count);
  };
  return offsets.wide ? typed(static_cast<const std::int64_t*>(offsets.data))
                      : typed(static_cast<const std::int32_t*>(offsets.data));
}

void validate_shape(const RaggedView& view, std::string_view key) {
  check_sizes(view, key);
  if (view.dtype == DType::string && view.value_count > 0 &&
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
  if (view.dtype == DType::string && view.value_count > 0) {
    check_level(view.byte_offsets, {"byte_offsets", "value", view.value_count, view.bytes}, key,
                false);
  }
}

}  // namespace seqfeat
