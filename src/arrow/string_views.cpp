// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstring>

#include "arrow/offsets.hpp"
#include "arrow/tokens.hpp"
#include "backend/concat.hpp"
#include "backend/sizes.hpp"

namespace seqfeat::detail {
namespace {

/// Sixteen bytes: a size, and the string itself or where it is.
struct StringView {
  static constexpr std::int32_t kMostInside = 12;

  std::int32_t size;
  std::int32_t prefix;  // a string that fits stands here and in the members below
  std::int32_t buffer;
  std::int32_t begin;

  [[nodiscard]] bool is_inside() const noexcept { return size <= kMostInside; }
};
static_assert(sizeof(StringView) == 16);

/// The views of an array and what they point to.
class Views {
 public:
  Views(const ArrowArray& array, const Place& place)
      : views_(array.buffers[1]),
        buffers_(array.n_buffers - kOthers),
        array_(array),
        place_(place) {
    sizes_ = buffer(array, array.n_buffers - 1, buffers_, place);
  }

  [[nodiscard]] StringView operator[](std::int64_t i) const noexcept {
    return load<StringView>(views_, i);
  }
  /// The room of view `i` for a string that fits, to be copied from there: the members of a copy
  /// were written as other words than those that a copy of them reads, which stalls a processor.
  [[nodiscard]] const char* inside(std::int64_t i) const noexcept {
    return static_cast<const char*>(views_) + i * kSize + sizeof(StringView::size);
  }
  /// Checks a view that is not inside. `slot` is the level's element.
  void check(const StringView& view, std::int64_t slot) const {
    if (view.size < 0) {
      place_.refuse_at(
          slot, concat("an Arrow string view has size ", view.size, ", expected at least 0"));
    }
    if (view.buffer < 0 || view.buffer >= buffers_) {
      place_.refuse_at(slot, concat("an Arrow string view is in data buffer ", view.buffer,
                                    ", expected 0 to ", buffers_ - 1));
    }
    const auto size = load<std::int64_t>(sizes_, view.buffer);
    if (view.begin < 0 || size < view.size || view.begin > size - view.size) {
      place_.refuse_at(slot, concat("an Arrow string view begins at ", view.begin, " with ",
                                    view.size, " bytes, in a data buffer of ", size));
    }
    if (data(view) == nullptr) {
      place_.refuse_at(slot, concat("an Arrow string view is in data buffer ", view.buffer,
                                    ", which is a null pointer"));
    }
  }
  /// The buffer of a view that is not inside.
  [[nodiscard]] const char* data(const StringView& view) const noexcept {
    return static_cast<const char*>(array_.buffers[kFirst + view.buffer]);
  }

 private:
  static constexpr std::int64_t kSize = sizeof(StringView);
  static constexpr std::int64_t kFirst = 2;   // data buffer
  static constexpr std::int64_t kOthers = 3;  // validity, views, sizes of the data buffers

  const void* views_;
  std::int64_t buffers_;
  const void* sizes_;
  const ArrowArray& array_;
  const Place& place_;
};

/// Finds the view of a negative size from the run's element `i` on, and says so.
[[noreturn]] void refuse_negative(const void* views, std::int64_t begin, std::int64_t i,
                                  std::int64_t slot, const Place& place) {
  const auto size_at = [&](std::int64_t k) { return load<std::int32_t>(views, 4 * (begin + k)); };
  while (size_at(i) >= 0) ++i;
  place.refuse_at(slot + i,
                  concat("an Arrow string view has size ", size_at(i), ", expected at least 0"));
}

/// The sum of the views' sizes, none of which is below 0.
std::int64_t bytes_of(const Runs& runs, const Place& place) {
  constexpr std::int64_t kBlock = std::int64_t{1} << 20;  // whose sum cannot overflow
  std::int64_t bytes = 0;
  std::int64_t slot = 0;
  each_stretch(runs, [&](const Run& run) {
    for (std::int64_t i = 0; run.array != nullptr && i < run.count; i += kBlock) {
      const void* const views = buffer(*run.array, 1, run.count, place);
      const std::int64_t end = std::min(i + kBlock, run.count);
      std::int32_t signs = 0;
      for (std::int64_t k = i; k < end; ++k) {
        const auto size = load<std::int32_t>(views, 4 * (run.begin + k));
        signs |= size;
        bytes += size;
      }
      if (signs < 0) refuse_negative(views, run.begin, i, slot, place);
      if (bytes > kMostValues) place.require_memory(-1);
    }
    slot += run.count;
  });
  return bytes;
}

/// Copies the strings of a run to `data`, the first one to where the one before it ends, at
/// `*ends`. Returns where the last one's end is written.
std::int64_t* copy_views(const Views& views, const Run& run, std::int64_t slot, std::byte* data,
                         std::int64_t* ends) {
  std::int64_t end = *ends;  // bytes may alias everything that is not local
  for (std::int64_t i = 0; i < run.count; ++i) {
    const StringView view = views[run.begin + i];
    if (view.is_inside()) {
      std::memcpy(data + end, views.inside(run.begin + i), StringView::kMostInside);
    } else {
      views.check(view, slot + i);
      std::memcpy(data + end, views.data(view) + view.begin, static_cast<std::size_t>(view.size));
    }
    end += view.size;
    *++ends = end;
  }
  return ends;
}

}  // namespace

void read_string_views(Tokens& tokens, const Runs& runs, const Place& place) {
  std::int64_t* ends = room_for_ends(tokens, place);
  tokens.bytes = bytes_of(runs, place);
  // A string that is inside is copied with all its room: what is too much is overwritten by the
  // next one, or lands in the slack.
  std::byte* const data = room_for_data(tokens, tokens.bytes, StringView::kMostInside, place);
  std::int64_t slot = 0;
  each_stretch(runs, [&](const Run& run) {
    if (run.array != nullptr) {
      ends = copy_views(Views(*run.array, place), run, slot, data, ends);
    }
    slot += run.count;
  });
  take_ends(tokens);
}

}  // namespace seqfeat::detail
