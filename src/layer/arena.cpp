// SPDX-License-Identifier: Apache-2.0
#include "layer/arena.hpp"

#include <algorithm>
#include <cstring>
#include <limits>
#include <new>
#include <span>

#include "backend/sizes.hpp"
#include "layer/rebase.hpp"
#include "seqfeat/error.hpp"
#include "seqfeat/pad.hpp"

namespace seqfeat::detail {
namespace {

/// How many trained columns a header lists.
std::int64_t trained_count(const CompiledColumns& columns, bool trains) noexcept {
  return trains ? static_cast<std::int64_t>(columns.trained.size()) : 0;
}

std::int64_t aligned(std::int64_t at) noexcept {
  return (at + kArenaAlignment - 1) / kArenaAlignment * kArenaAlignment;
}

/// Hands out the arena, one buffer behind another.
class Cursor {
 public:
  Cursor(std::byte* host, const std::byte* target, std::int64_t at)
      : host_(host), target_(target), at_(aligned(at)) {}

  struct Room {
    std::byte* host;
    const std::byte* target;
  };
  Room take(std::int64_t bytes) {
    const Room room{host_ + at_, target_ + at_};
    // What follows a buffer is defined, for kernels load it along with the buffer's last bytes.
    std::memset(room.host + bytes, 0,
                static_cast<std::size_t>(aligned(bytes) - bytes) + kArenaAlignment);
    at_ = aligned(at_ + bytes) + kArenaAlignment;
    return room;
  }
  [[nodiscard]] std::int64_t used() const noexcept { return at_; }

 private:
  std::byte* host_;
  const std::byte* target_;
  std::int64_t at_;
};

/// Copies what is kept of features: values side by side, offsets from 0 and of one width.
template <class Offset>
class Packer {
 public:
  /// `rows` is a feature whose rows have the lengths of columns.
  Packer(PadRule rule, Cursor& cursor, const MeasuredFeature& rows)
      : rule_(rule), cursor_(cursor), by_(rows) {}

  RaggedView pack(const MeasuredFeature& feature) {
    const RaggedView& in = feature.view;
    // Lengths are equal, so what is kept makes the same rows in every feature.
    if (rows_.absent()) rows_ = pack_rows(by_);
    RaggedView out = in;
    out.value_count = feature.tokens;
    out.row_offsets = rows_;
    out.step_offsets = in.step_offsets.absent() ? Offsets{} : pack_steps(feature);
    if (is_float(in.dtype)) {
      out.data = pack_numbers(feature);
      out.dtype = DType::float32;
    } else if (is_integer(in.dtype)) {
      // A cross has no data: its values are made where ids are.
      out.data = in.data == nullptr ? nullptr : pack_integers(feature);
      out.dtype = in.dtype == DType::uint64 ? DType::uint64 : DType::int64;
    } else {
      out.byte_offsets = pack_byte_offsets(feature);
      out.data = pack_bytes(feature);
      out.bytes = feature.bytes;
    }
    out.trusted = true;
    return out;
  }

 private:
  struct Array {
    Offset* host;
    Offsets offsets;
  };
  /// Room for the ends of `count` elements behind the 0 at which the first begins.
  Array take_offsets(std::int64_t count) {
    const auto room = cursor_.take((count + 1) * static_cast<std::int64_t>(sizeof(Offset)));
    const Array array{reinterpret_cast<Offset*>(room.host),
                      {room.target, count + 1, sizeof(Offset) == 8}};
    array.host[0] = 0;
    return array;
  }

  /// Writes where the `count` elements from `first` on end if the first of them begins at `begin`,
  /// and returns where the last one ends.
  static std::int64_t copy_ends(Offset* to, const Offsets& from, std::int64_t first,
                                std::int64_t count, std::int64_t begin) {
    const std::int64_t shift = begin - from[first];
    with_offsets(from, first + 1, [&](const auto* ends) { rebase(to, ends, count, shift); });
    return from[first + count] + shift;
  }

  /// Calls `use(first value, count)` for every run of kept values.
  template <class Use>
  static void for_each_run(const MeasuredFeature& feature, const Use& use) {
    for (const StepRange& steps : feature.runs) {
      const std::int64_t begin = feature.view.first_value(steps.begin);
      const std::int64_t end = feature.view.first_value(steps.begin + steps.count);
      if (end > begin) use(begin, end - begin);
    }
  }

  Offsets pack_rows(const MeasuredFeature& feature) {
    const RaggedView& in = feature.view;
    const std::int64_t rows = in.rows();
    const Array array = take_offsets(rows);
    if (feature.exact) {
      copy_ends(array.host + 1, in.row_offsets, 0, rows, 0);
      return array.offsets;
    }
    std::int64_t at = 0;
    for (std::int64_t row = 0; row < rows; ++row) {
      at += kept_steps({in, false}, rule_, row).count;
      array.host[row + 1] = static_cast<Offset>(at);
    }
    return array.offsets;
  }

  Offsets pack_steps(const MeasuredFeature& feature) {
    const Array array = take_offsets(feature.steps);
    Offset* to = array.host + 1;
    std::int64_t value = 0;
    for (const StepRange& steps : feature.runs) {
      value = copy_ends(to, feature.view.step_offsets, steps.begin, steps.count, value);
      to += steps.count;
    }
    return array.offsets;
  }

  Offsets pack_byte_offsets(const MeasuredFeature& feature) {
    const Array array = take_offsets(feature.tokens);
    Offset* to = array.host + 1;
    std::int64_t byte = 0;
    for_each_run(feature, [&](std::int64_t first, std::int64_t count) {
      byte = copy_ends(to, feature.view.byte_offsets, first, count, byte);
      to += count;
    });
    return array.offsets;
  }

  const void* pack_bytes(const MeasuredFeature& feature) {
    const RaggedView& in = feature.view;
    const auto room = cursor_.take(feature.bytes);
    std::byte* to = room.host;
    for_each_run(feature, [&](std::int64_t first, std::int64_t count) {
      const std::int64_t from = in.byte_offsets[first];
      const auto bytes = static_cast<std::size_t>(in.byte_offsets[first + count] - from);
      if (bytes > 0) std::memcpy(to, static_cast<const std::byte*>(in.data) + from, bytes);
      to += bytes;
    });
    return room.target;
  }

  const void* pack_integers(const MeasuredFeature& feature) {
    const RaggedView& in = feature.view;
    const auto room = cursor_.take(feature.tokens * 8);
    auto* to = reinterpret_cast<std::int64_t*>(room.host);
    for_each_run(feature, [&](std::int64_t first, std::int64_t count) {
      with_integers(in.data, in.dtype, first,
                    [&](const auto* values) { rebase(to, values, count, 0); });
      to += count;
    });
    return room.target;
  }

  const void* pack_numbers(const MeasuredFeature& feature) {
    const RaggedView& in = feature.view;
    const auto room = cursor_.take(feature.tokens * 4);
    auto* to = reinterpret_cast<float*>(room.host);
    for_each_run(feature, [&](std::int64_t first, std::int64_t count) {
      for (std::int64_t i = 0; i < count; ++i) to[i] = float_at(in.data, in.dtype, first + i);
      to += count;
    });
    return room.target;
  }

  PadRule rule_;
  Cursor& cursor_;
  const MeasuredFeature& by_;
  Offsets rows_;
};

/// The grid of slots: features that were filled with the batch's rows become one row each where
/// nothing is padded.
void lay_out(const MeasuredBatch& batch, Layout layout, BatchHeader& header,
             std::span<BatchFeature> features, const Offsets& one_row) {
  if (layout == Layout::ragged) {
    header.row_slots = header.slots = header.one_row[1] = batch.sizes.steps;
    for (BatchFeature& feature : features) feature.view.row_offsets = one_row;
  } else {
    header.row_slots = batch.sizes.padded_steps;
    // Where this overflows nobody wants slots: their tensors would have been refused.
    header.slots = product({header.sizes.rows, header.row_slots}).value_or(0);
  }
  header.by_row_slots = Divisor(header.row_slots);
}

/// Packs every feature that is not pointed to.
template <class Offset>
void fill_features(PadRule rule, const MeasuredBatch& batch, std::size_t by, bool views,
                   Cursor& cursor, BatchFeature* to) {
  Packer<Offset> packer(rule, cursor, batch.features[by]);
  for (const MeasuredFeature& feature : batch.features) {
    if (batch.location == Location::device || (views && feature.exact)) {
      new (to++) BatchFeature{feature.view, feature.exact};
    } else {
      new (to++) BatchFeature{packer.pack(feature), true};
    }
  }
}

}  // namespace

bool needs_wide_offsets(const BatchSizes& capacity) noexcept {
  constexpr std::int64_t kNarrow = std::numeric_limits<std::int32_t>::max();
  return capacity.steps > kNarrow || capacity.tokens > kNarrow || capacity.bytes > kNarrow;
}

std::int64_t arena_bytes(const CompiledColumns& columns, const BatchSizes& capacity, bool trains) {
  const auto features = static_cast<std::int64_t>(columns.batch_features());
  const std::int64_t offset = needs_wide_offsets(capacity) ? 8 : 4;
  const bool integers = std::any_of(columns.features.begin(), columns.features.end(),
                                    [](const auto& f) { return is_integer(f.dtype); });
  // Row offsets once, three buffers a feature, each with room for alignment and for padding; the
  // header to the byte, so that layers with other columns have other sizes.
  std::int64_t total = header_bytes(features, static_cast<std::int64_t>(columns.columns.size()),
                                    trained_count(columns, trains)) +
                       kArenaAlignment + (1 + 3 * features) * (2 * kArenaAlignment + offset);
  for (const auto part :
       {product({capacity.rows, offset}), product({capacity.steps, features, offset}),
        product({capacity.tokens, integers ? 8 : offset}),
        std::optional<std::int64_t>(capacity.bytes)}) {
    if (!part || __builtin_add_overflow(total, *part, &total)) {
      throw InvalidArgument("capacity: the arena's bytes overflow int64");
    }
  }
  return total;
}

std::int64_t fill_arena(const CompiledColumns& columns, PadRule rule, const MeasuredBatch& batch,
                        bool trains, Layout layout, bool wide, bool views, std::byte* host,
                        const std::byte* target) {
  const std::size_t feature_count = columns.batch_features();
  const std::size_t column_count = columns.columns.size();
  auto* header = new (host) BatchHeader;
  header->sizes = batch.sizes;
  header->features = static_cast<std::int32_t>(feature_count);
  header->columns = static_cast<std::int32_t>(column_count);
  header->trained = static_cast<std::int32_t>(trained_count(columns, trains));
  auto* features = reinterpret_cast<BatchFeature*>(header + 1);
  auto* first_ids = reinterpret_cast<std::int64_t*>(features + feature_count);

  Cursor cursor(host, target,
                header_bytes(static_cast<std::int64_t>(feature_count),
                             static_cast<std::int64_t>(column_count), header->trained));
  const auto fill = wide ? fill_features<std::int64_t> : fill_features<std::int32_t>;
  fill(rule, batch, columns.aligned[0], views, cursor, features);
  header->by_row = features[columns.data[0].feature];
  const auto one_row = reinterpret_cast<std::byte*>(header->one_row) - host;
  lay_out(batch, layout, *header, {features, feature_count}, {target + one_row, 2, true});
  std::int64_t at = 0;
  for (std::size_t c = 0; c < column_count; ++c) {
    first_ids[c] = at;
    if (has_ids(columns.data[c])) at += features[columns.data[c].feature].view.value_count;
  }
  first_ids[column_count] = at;
  if (header->trained > 0) {
    std::int64_t* firsts = first_ids + column_count + 1;
    *firsts = 0;
    for (const std::size_t c : columns.trained) {
      firsts[1] = firsts[0] + features[columns.data[c].feature].view.value_count;
      ++firsts;
    }
  }
  return cursor.used();
}

}  // namespace seqfeat::detail
