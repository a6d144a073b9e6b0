// SPDX-License-Identifier: Apache-2.0
#include "layer/arena.hpp"

#include <cstring>
#include <limits>
#include <new>

#include "backend/concat.hpp"
#include "backend/sizes.hpp"
#include "seqfeat/error.hpp"
#include "seqfeat/pad.hpp"

namespace seqfeat::detail {
namespace {

std::int64_t aligned(std::int64_t at) noexcept {
  return (at + kArenaAlignment - 1) / kArenaAlignment * kArenaAlignment;
}

/// Hands out the arena piece by piece.
class Cursor {
 public:
  Cursor(std::byte* host, const std::byte* target, std::int64_t at)
      : host_(host), target_(target), at_(aligned(at)) {}

  struct Piece {
    std::byte* host;
    const std::byte* target;
  };
  Piece take(std::int64_t bytes) {
    const Piece piece{host_ + at_, target_ + at_};
    // What follows a buffer is defined, for kernels load it along with the buffer's last bytes.
    std::memset(piece.host + bytes, 0,
                static_cast<std::size_t>(aligned(bytes) - bytes) + kArenaAlignment);
    at_ = aligned(at_ + bytes) + kArenaAlignment;
    return piece;
  }
  [[nodiscard]] std::int64_t used() const noexcept { return at_; }

 private:
  std::byte* host_;
  const std::byte* target_;
  std::int64_t at_;
};

/// Copies what is kept of one feature: rows cut to the rule, values side by side, offsets from 0.
template <class Offset>
class Packer {
 public:
  Packer(const MeasuredFeature& feature, PadRule rule, Cursor& cursor)
      : feature_(feature), in_(feature.view), rule_(rule), cursor_(cursor) {}

  RaggedView pack() {
    RaggedView out = in_;
    out.value_count = feature_.values;
    out.row_offsets = pack_rows();
    out.step_offsets = in_.step_offsets.absent() ? Offsets{} : pack_steps();
    if (is_integer(in_.dtype)) {
      out.data = pack_integers();
      out.dtype = in_.dtype == DType::uint64 ? DType::uint64 : DType::int64;
    } else {
      out.byte_offsets = pack_byte_offsets();
      out.data = pack_bytes();
      out.bytes = feature_.bytes;
    }
    out.trusted = true;
    return out;
  }

 private:
  struct Array {
    Offset* host;
    Offsets offsets;
  };
  Array take_offsets(std::int64_t count) {
    const auto piece = cursor_.take(count * static_cast<std::int64_t>(sizeof(Offset)));
    return {reinterpret_cast<Offset*>(piece.host), {piece.target, count, sizeof(Offset) == 8}};
  }

  /// Calls `use(kept steps)` for every row.
  template <class Use>
  void for_each_row(const Use& use) const {
    const std::int64_t rows = in_.rows();
    if (feature_.exact) {  // nothing to trim: the batch is one run
      use(StepRange{0, in_.steps()});
      return;
    }
    for (std::int64_t row = 0; row < rows; ++row) {
      const StepRange steps = steps_of_row(in_, row);
      use(rule_.kept(steps.begin, steps.count));
    }
  }
  /// Calls `use(first value, count)` for every run of kept values.
  template <class Use>
  void for_each_run(const Use& use) const {
    for_each_row([&](StepRange steps) {
      const std::int64_t begin = in_.first_value(steps.begin);
      const std::int64_t end = in_.first_value(steps.begin + steps.count);
      if (end > begin) use(begin, end - begin);
    });
  }

  Offsets pack_rows() {
    const std::int64_t rows = in_.rows();
    const Array array = take_offsets(rows + 1);
    std::int64_t at = 0;
    array.host[0] = 0;
    for (std::int64_t row = 0; row < rows; ++row) {
      at += kept_steps({in_, feature_.exact}, rule_, row).count;
      array.host[row + 1] = static_cast<Offset>(at);
    }
    return array.offsets;
  }

  Offsets pack_steps() {
    const Array array = take_offsets(feature_.steps + 1);
    std::int64_t step = 0;
    std::int64_t value = 0;
    array.host[0] = 0;
    for_each_row([&](StepRange steps) {
      const std::int64_t shift = value - in_.first_value(steps.begin);
      for (std::int64_t s = steps.begin + 1; s <= steps.begin + steps.count; ++s) {
        value = in_.step_offsets[s] + shift;
        array.host[++step] = static_cast<Offset>(value);
      }
    });
    return array.offsets;
  }

  Offsets pack_byte_offsets() {
    const Array array = take_offsets(feature_.values + 1);
    std::int64_t value = 0;
    std::int64_t byte = 0;
    array.host[0] = 0;
    for_each_run([&](std::int64_t first, std::int64_t count) {
      const std::int64_t shift = byte - in_.byte_offsets[first];
      for (std::int64_t i = first + 1; i <= first + count; ++i) {
        byte = in_.byte_offsets[i] + shift;
        array.host[++value] = static_cast<Offset>(byte);
      }
    });
    return array.offsets;
  }

  const void* pack_bytes() {
    const auto piece = cursor_.take(feature_.bytes);
    std::byte* to = piece.host;
    for_each_run([&](std::int64_t first, std::int64_t count) {
      const std::int64_t from = in_.byte_offsets[first];
      const auto bytes = static_cast<std::size_t>(in_.byte_offsets[first + count] - from);
      if (bytes > 0) std::memcpy(to, static_cast<const std::byte*>(in_.data) + from, bytes);
      to += bytes;
    });
    return piece.target;
  }

  const void* pack_integers() {
    const auto piece = cursor_.take(feature_.values * 8);
    auto* to = reinterpret_cast<std::int64_t*>(piece.host);
    for_each_run([&](std::int64_t first, std::int64_t count) {
      for (std::int64_t i = first; i < first + count; ++i) {
        *to++ = integer_at(in_.data, in_.dtype, i);
      }
    });
    return piece.target;
  }

  const MeasuredFeature& feature_;
  const RaggedView& in_;
  PadRule rule_;
  Cursor& cursor_;
};

}  // namespace

bool needs_wide_offsets(const Capacity& capacity) noexcept {
  constexpr std::int64_t kNarrow = std::numeric_limits<std::int32_t>::max();
  return capacity.steps > kNarrow || capacity.values > kNarrow || capacity.bytes > kNarrow;
}

std::int64_t arena_bytes(const CompiledColumns& columns, const Capacity& capacity) {
  const auto features = static_cast<std::int64_t>(columns.features.size());
  const std::int64_t offset = needs_wide_offsets(capacity) ? 8 : 4;
  const bool integers = columns.shape().integers;
  // Four buffers a feature, each with room for alignment and for padding.
  const std::int64_t fixed =
      aligned(header_bytes(features, static_cast<std::int64_t>(columns.columns.size()))) +
      features * (8 * kArenaAlignment + 3 * offset);
  std::int64_t total = fixed;
  for (const auto part :
       {product({capacity.rows, features, offset}), product({capacity.steps, offset}),
        product({capacity.values, integers ? 8 : offset}),
        std::optional<std::int64_t>(capacity.bytes)}) {
    if (!part || __builtin_add_overflow(total, *part, &total)) {
      throw InvalidArgument("capacity: the arena's bytes overflow int64");
    }
  }
  return total;
}

std::int64_t fill_arena(const CompiledColumns& columns, PadRule rule, const MeasuredBatch& batch,
                        bool wide, bool views, std::byte* host, const std::byte* target) {
  const std::size_t feature_count = columns.features.size();
  const std::size_t column_count = columns.columns.size();
  auto* header = new (host) BatchHeader{
      batch.capacity.rows, batch.capacity.width, Divisor(batch.capacity.width),
      static_cast<std::int32_t>(feature_count), static_cast<std::int32_t>(column_count)};
  auto* features = reinterpret_cast<BatchFeature*>(header + 1);
  auto* first_ids = reinterpret_cast<std::int64_t*>(features + feature_count);

  Cursor cursor(host, target,
                header_bytes(static_cast<std::int64_t>(feature_count),
                             static_cast<std::int64_t>(column_count)));
  for (std::size_t f = 0; f < feature_count; ++f) {
    const MeasuredFeature& feature = batch.features[f];
    if (batch.location == Location::device || (views && feature.exact)) {
      new (&features[f]) BatchFeature{feature.view, feature.exact};
    } else {
      new (&features[f]) BatchFeature{wide ? Packer<std::int64_t>(feature, rule, cursor).pack()
                                           : Packer<std::int32_t>(feature, rule, cursor).pack(),
                                      true};
    }
  }
  std::int64_t at = 0;
  for (std::size_t c = 0; c < column_count; ++c) {
    first_ids[c] = at;
    at += features[columns.data[c].feature].view.value_count;
  }
  first_ids[column_count] = at;
  return cursor.used();
}

}  // namespace seqfeat::detail
