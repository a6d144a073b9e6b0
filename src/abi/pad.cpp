// SPDX-License-Identifier: Apache-2.0
// A ragged batch of integers as a rectangle. The rules are those of seqfeat/pad.hpp.
#include "seqfeat/pad.hpp"

#include <algorithm>
#include <cstring>

#include "abi/convert.hpp"
#include "abi/guard.hpp"

using seqfeat::abi::guarded;
using seqfeat::abi::require;

namespace seqfeat::abi {
namespace {

using detail::concat;

/// The kept steps of one row. Throws DataError for a row that is too long, if those are errors.
StepRange kept_steps(const RaggedView& view, const LayerOptions& options, std::int64_t row) {
  const PadRule rule = PadRule::of(options);
  const StepRange steps = steps_of_row(view, row);
  if (steps.count > rule.max_length && options.truncation == Truncation::error) {
    throw DataError(
        {.row = row},
        concat("got ", steps.count, " steps, expected at most max_length = ", rule.max_length,
               "; set truncation to keep_first or keep_last to cut rows"));
  }
  return rule.kept(steps.begin, steps.count);
}

/// Checks the batch, writes the lengths, and returns T.
std::int64_t measure(const RaggedView& view, const LayerOptions& options, std::int64_t* lengths) {
  if (view.location != Location::host) {
    throw InvalidArgument("view: got a batch on a device, expected one on the host");
  }
  validate(view, "ragged");
  std::int64_t longest = 0;
  for (std::int64_t row = 0; row < view.rows(); ++row) {
    const std::int64_t length = kept_steps(view, options, row).count;
    longest = std::max(longest, length);
    if (lengths != nullptr) lengths[row] = length;
  }
  return padded_steps(options, longest);
}

/// The one value of a step, or `fill` of a hole.
template <class T>
T value_of(const RaggedView& view, std::int64_t row, std::int64_t step, T fill) {
  const StepRange values = values_of_step(view, step);
  if (values.count > 1) {
    throw DataError({.row = row},
                    concat("got a step of ", values.count, " values, expected one value a step"));
  }
  return values.count == 0 ? fill : static_cast<const T*>(view.data)[values.begin];
}

/// Fills cells. 0 and -1, which nearly all padding is, are bytes of one kind.
template <class T>
void fill_cells(T* begin, T* end, T fill) {
  if (fill == T{0} || fill == static_cast<T>(-1)) {
    std::memset(begin, fill == T{0} ? 0 : -1, static_cast<std::size_t>(end - begin) * sizeof(T));
  } else {
    std::fill(begin, end, fill);
  }
}

/// Writes the kept steps of a row. Steps of one value each stand one behind the other already.
template <class T>
void write_steps(const RaggedView& view, std::int64_t row, StepRange kept, T fill, T* cells) {
  if (view.step_offsets.absent() && view.values_per_step == 1) {
    std::copy_n(static_cast<const T*>(view.data) + kept.begin, kept.count, cells);
    return;
  }
  for (std::int64_t s = 0; s < kept.count; ++s) {
    cells[s] = value_of(view, row, kept.begin + s, fill);
  }
}

template <class T>
void write(const RaggedView& view, const LayerOptions& options, std::int64_t slots, T fill, T* out,
           std::uint8_t* mask) {
  const PadRule rule = PadRule::of(options);
  for (std::int64_t row = 0; row < view.rows(); ++row) {
    const StepRange kept = kept_steps(view, options, row);
    const std::int64_t first = rule.slot_of_step(kept.count, 0, slots);
    const std::int64_t end = first + kept.count;
    T* const cells = out + row * slots;
    fill_cells(cells, cells + first, fill);
    write_steps(view, row, kept, fill, cells + first);
    fill_cells(cells + end, cells + slots, fill);
    if (mask == nullptr) continue;
    std::uint8_t* const marks = mask + row * slots;
    std::fill_n(marks, slots, std::uint8_t{0});
    std::fill_n(marks + first, kept.count, std::uint8_t{1});
  }
}

/// `write` for values of a size: signed and unsigned ones have the same bits.
void write(const RaggedView& view, const LayerOptions& options, std::int64_t slots,
           std::int64_t fill, void* out, std::uint8_t* mask) {
  const auto as = [&]<class T>(T filler) {
    write(view, options, slots, filler, static_cast<T*>(out), mask);
  };
  switch (size_of(view.dtype)) {
    case 1:
      return as(static_cast<std::uint8_t>(fill));
    case 2:
      return as(static_cast<std::uint16_t>(fill));
    case 4:
      return as(static_cast<std::uint32_t>(fill));
    default:
      return as(static_cast<std::uint64_t>(fill));
  }
}

void pad(const RaggedView& view, const LayerOptions& options, std::int64_t slots, std::int64_t fill,
         void* out, std::uint8_t* mask) {
  if (view.dtype == DType::string) {
    throw InvalidArgument("pad: got strings, expected integers; hash them first");
  }
  if (is_float(view.dtype)) {
    throw InvalidArgument("pad: got floats, expected integers; a numeric column pads numbers");
  }
  if (fill < least_of(view.dtype) || fill > largest_of(view.dtype)) {
    throw InvalidArgument(
        concat("value: got ", fill, ", which is out of the range of ", to_string(view.dtype)));
  }
  const std::int64_t expected = measure(view, options, nullptr);
  if (slots != expected) {
    throw InvalidArgument(concat("padded_steps: got ", slots, ", expected ", expected));
  }
  if (view.rows() == 0 || slots == 0) return;
  require(out, "out");
  write(view, options, slots, fill, out, mask);
}

}  // namespace
}  // namespace seqfeat::abi

seqfeat_status seqfeat_pad_sizes(const seqfeat_ragged_view* view,
                                 const seqfeat_pad_options* options, int64_t* lengths,
                                 int64_t* padded_steps) {
  return guarded([&] {
    require(padded_steps, "padded_steps");
    *padded_steps = seqfeat::abi::measure(seqfeat::abi::to_view(view),
                                          seqfeat::abi::to_options(options), lengths);
  });
}

seqfeat_status seqfeat_pad(const seqfeat_ragged_view* view, const seqfeat_pad_options* options,
                           int64_t padded_steps, int64_t fill, void* out, uint8_t* mask) {
  return guarded([&] {
    seqfeat::abi::pad(seqfeat::abi::to_view(view), seqfeat::abi::to_options(options), padded_steps,
                      fill, out, mask);
  });
}
