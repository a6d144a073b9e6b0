// SPDX-License-Identifier: Apache-2.0
#include "arrow/lists.hpp"

#include <utility>

#include "arrow/offsets.hpp"
#include "arrow/room.hpp"
#include "backend/concat.hpp"
#include "backend/sizes.hpp"

namespace seqfeat::detail {
namespace {

/// The lists of a level, gathered run by run.
class Gathered {
 public:
  Gathered(Lists& lists, const Place& place) : lists_(lists), place_(place) {
    ends_ = room_in(lists.own, lists.count + 1, place);
    ends_[0] = 0;
  }

  /// The next lists are null: they have no elements, whatever their offsets say.
  void add_nulls(std::int64_t count) {
    fill_steps(ends_ + slot_, count, 0);
    slot_ += count;
  }
  void add(const Run& run, const RawOffsets& offsets) {
    const ArrowArray& child = *run.array->children[0];
    check_and_rebase(offsets, child.length, slot_, ends_ + slot_, place_);
    slot_ += run.count;
    take(child, offsets.first(), offsets.last() - offsets.first());
  }
  void add_views(const Run& run, bool wide) {
    if (wide) return add_views<std::int64_t>(run);
    add_views<std::int32_t>(run);
  }
  void add_fixed(const Run& run, std::int64_t width) {
    const ArrowArray& child = *run.array->children[0];
    const auto end = product({run.begin + run.count, width});
    if (!end || *end > child.length) {
      place_.refuse(concat("a fixed-size list of ", width, " has ", run.begin + run.count,
                           " elements, and its child ", child.length));
    }
    fill_steps(ends_ + slot_, run.count, width);
    slot_ += run.count;
    take(child, run.begin * width, run.count * width);
  }
  void finish() {
    lists_.own.added(static_cast<std::size_t>(lists_.count) + 1);
    lists_.offsets = offsets_of(lists_.own);
  }

 private:
  template <class T>
  void add_views(const Run& run) {
    const ArrowArray& child = *run.array->children[0];
    const void* const begins = buffer(*run.array, 1, run.count, place_);
    const void* const sizes = buffer(*run.array, 2, run.count, place_);
    for (std::int64_t i = run.begin; i < run.begin + run.count; ++i, ++slot_) {
      const auto begin = std::int64_t{load<T>(begins, i)};
      const auto size = std::int64_t{load<T>(sizes, i)};
      if (begin < 0 || size < 0 || begin > child.length || size > child.length - begin) {
        place_.refuse_at(slot_, concat("an Arrow list view begins at ", begin, " with ", size,
                                       " elements, expected both in 0 to ", child.length));
      }
      take(child, begin, size);
      ends_[slot_ + 1] = elements_;
    }
  }
  void take(const ArrowArray& child, std::int64_t begin, std::int64_t count) {
    // Views may overlap, so that their sizes are bounded by nothing.
    if (count > kMostValues - elements_) place_.require_memory(-1);
    elements_ += count;
    append(lists_.elements, {&child, child.offset + begin, count});
  }

  Lists& lists_;
  const Place& place_;
  std::int64_t* ends_;
  std::int64_t slot_ = 0;
  std::int64_t elements_ = 0;
};

/// Takes Arrow's own offsets, if they begin at 0 and belong to one run without nulls.
bool take_in_place(Lists& lists, const ListType& type, const Run& run, const Place& place) {
  if (type.layout != ListType::Layout::offsets || run.count == 0) return false;
  const RawOffsets offsets = raw_offsets(run, type.wide, place);
  if (!offsets.is_aligned() || offsets.first() != 0) return false;
  const ArrowArray& child = *run.array->children[0];
  check_in_place(offsets, child.length, 0, place);
  lists.offsets = offsets.view();
  append(lists.elements, {&child, child.offset, offsets.last()});
  return true;
}

}  // namespace

Lists read_lists(const Runs& runs, const ListType& type, const Place& place) {
  const bool views = type.layout == ListType::Layout::views;
  const bool fixed = type.layout == ListType::Layout::fixed;
  const Shape shape{.buffers = views ? 3 : fixed ? 1 : 2, .children = 1};
  for (const Run& run : runs) {
    if (run.array == nullptr) continue;
    check(run.array, shape, place);
    check_sizes(run.array->children[0], place);
  }
  Lists lists;
  lists.count = count_of(runs, place);
  if (take_in_place(lists, type, census_of(runs).only, place)) return lists;

  Gathered gathered(lists, place);
  each_stretch(runs, [&](const Run& run) {
    if (run.array == nullptr) return gathered.add_nulls(run.count);
    if (fixed) return gathered.add_fixed(run, type.width);
    if (views) return gathered.add_views(run, type.wide);
    gathered.add(run, raw_offsets(run, type.wide, place));
  });
  gathered.finish();
  return lists;
}

}  // namespace seqfeat::detail
