// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstddef>
#include <cstring>

#include "cpu/gather.hpp"
#include "cpu/layer_ids.hpp"
#include "cpu/ops.hpp"
#include "cpu/slot_runs.hpp"
#include "cpu/slot_writer.hpp"

namespace seqfeat::cpu {
namespace {

using detail::BatchHeader;
using detail::ColumnData;
using detail::ColumnKind;
using detail::LayerArgs;

/// Smaller outputs stay in the caches, where the next reader finds them.
constexpr std::int64_t kStreamedBytes = 4 << 20;
constexpr std::int32_t kColumnsAhead = 6;
/// Many steps at a time, column by column, as long as they stay in the first cache; of wide rows
/// some all the same, for it takes time to begin with a column.
constexpr std::int64_t kBytesAtOnce = 8192;
constexpr std::int64_t kStepsAtLeast = 16;
static_assert(kBytesAtOnce <= SlotWriter::kRoom);

/// True if the tables of all columns together do not fit the caches.
bool outgrow_caches(const LayerArgs& args) noexcept {
  std::int64_t bytes = 0;
  for (std::int32_t c = 0; c < args.shape.columns && bytes <= kCachedBytes; ++c) {
    const detail::TableRule& table = args.columns[c].table;
    bytes += table.rows * table.dim * size_of(table.type);
  }
  return bytes > kCachedBytes;
}

/// Bytes of a row of `values`; 0 where nobody wants them.
std::int64_t row_bytes(const LayerArgs& args) noexcept {
  return args.values == nullptr ? 0 : args.shape.dim * size_of(args.values_type);
}

/// What one thread does at a time: slots [begin, end), row behind row.
class Chunk {
 public:
  Chunk(const LayerArgs& args, std::int64_t begin, std::int64_t end)
      : args_(args),
        header_(*args.header),
        begin_(begin),
        runs_(detail::features_of(&header_)[args.columns[0].feature], args.rule, header_.row_slots,
              begin, end),
        row_bytes_(row_bytes(args)),
        large_tables_(outgrow_caches(args)) {}

  void fill() const {
    if (args_.mask != nullptr) fill_mask();
    if (args_.values == nullptr && args_.ids == nullptr) return;
    for (std::int32_t c = 0; c < header_.columns; ++c) find_ids(c);
    if (args_.values != nullptr && args_.shape.dim > 0) fill_values();
  }

 private:
  void fill_mask() const noexcept {
    std::uint8_t* mask = args_.mask + begin_;
    const auto put = [&mask](int bit, std::int64_t count) {
      std::memset(mask, bit, static_cast<std::size_t>(count));
      mask += count;
    };
    runs_.for_each([&](std::int64_t, std::int64_t count) { put(1, count); },
                   [&](std::int64_t count) { put(0, count); });
  }

  void find_ids(std::int32_t c) const {
    const ColumnData& column = args_.columns[c];
    if (!detail::has_ids(column)) return;
    const RaggedView& view = view_of(c);
    const std::int64_t begin = value_at(view, runs_.first_step());
    const std::int64_t end = value_at(view, runs_.end_step());
    std::int64_t* const ids = ids_of(c);
    if (column.source.kind == IdKind::hash_bucket) {
      hash_range({view.dtype, view.data, view.byte_offsets, view.value_count, view.bytes, true,
                  column.source.buckets, ids},
                 begin, end);
    } else if (column.source.kind == IdKind::crossed) {
      cross_range(detail::features_of(&header_), column, runs_.first_step(), runs_.end_step(), ids);
    } else {
      map_range(column.source, view, begin, end, ids);
    }
    if (!closed_up(c)) return;
    if (args_.ids != nullptr) {
      std::copy(ids + begin, ids + end, args_.ids + detail::first_ids_of(&header_)[c] + begin);
    }
    if (column.table.weighted) {
      const RaggedView& weights = detail::features_of(&header_)[column.weights].view;
      return close_up_weighted(column.table.combiner, view, weights, runs_.first_step(),
                               runs_.end_step(), ids, weights_of(args_, c));
    }
    close_up(view, runs_.first_step(), runs_.end_step(), ids);
  }

  void fill_values() const {
    const bool streams =
        header_.slots * row_bytes_ >= kStreamedBytes && row_bytes_ <= SlotWriter::kRoom;
    SlotWriter out(static_cast<std::byte*>(args_.values) + begin_ * row_bytes_, streams);
    runs_.for_each([&](std::int64_t step, std::int64_t count) { fill_steps(step, count, out); },
                   [&](std::int64_t count) { fill_padding(count, out); });
  }

  /// Zeros, but for numeric columns that have another default.
  void fill_padding(std::int64_t count, SlotWriter& out) const {
    if (!args_.shape.fills) return out.zeros(count * row_bytes_);
    const std::int64_t most = std::max(kBytesAtOnce / row_bytes_, std::int64_t{1});
    for (std::int64_t done = 0; done < count; done += most) {
      const std::int64_t n = std::min(most, count - done);
      const Cells slots{out.room(n * row_bytes_), args_.values_type};
      std::memset(slots.data, 0, static_cast<std::size_t>(n * row_bytes_));
      for (std::int32_t c = 0; c < header_.columns; ++c) {
        const ColumnData& column = args_.columns[c];
        if (column.kind != ColumnKind::numeric) continue;
        fill_numbers(column, n, slots.from(column.offset), args_.shape.dim);
      }
      out.wrote(n * row_bytes_);
    }
  }

  /// All columns over `count` steps.
  void fill_steps(std::int64_t step, std::int64_t count, SlotWriter& out) const {
    if (stream_rows(step, count, out)) return;
    const std::int64_t most =
        std::max({kBytesAtOnce / row_bytes_,
                  std::min(kStepsAtLeast, SlotWriter::kRoom / row_bytes_), std::int64_t{1}});
    for (std::int64_t done = 0; done < count; done += most) {
      const std::int64_t n = std::min(most, count - done);
      const Cells slots{out.room(n * row_bytes_), args_.values_type};
      for (std::int32_t c = 0; c < header_.columns; ++c) {
        if (large_tables_ && c + kColumnsAhead < header_.columns) {
          ask_for_rows(c + kColumnsAhead, step + done, n);
        }
        fill_slices(c, step + done, n, slots.from(args_.columns[c].offset));
      }
      out.wrote(n * row_bytes_);
    }
  }

  /// The tables of many columns are small and outgrow the caches together: then the rows of a later
  /// column are asked for, else those of later steps.
  [[gnu::always_inline]] void ask_for_rows(std::int32_t c, std::int64_t step,
                                           std::int64_t count) const noexcept {
    const ColumnData& column = args_.columns[c];
    if (column.kind != ColumnKind::embedding) return;
    const RaggedView& view = view_of(c);
    const std::int64_t begin = value_at(view, step);
    const std::int64_t end = std::min(value_at(view, step + count), begin + kRowsAhead);
    const std::int64_t* ids = ids_of(c);
    for (std::int64_t i = begin; i < end; ++i) prefetch_row(column.table, ids[i]);
  }
  [[nodiscard]] StepIds step_ids(std::int32_t c) const noexcept {
    const RaggedView& view = view_of(c);
    return {view,
            {ids_of(c)},
            norms_of(c),
            runs_.end_step(),
            large_tables_ && header_.columns <= kColumnsAhead,
            closed_up(c),
            args_.columns[c].table.weighted ? weights_of(args_, c) : nullptr};
  }

  /// The rows of a single column, if whole lines of the output are whole lines of its table as they
  /// stand.
  [[nodiscard]] bool stream_rows(std::int64_t step, std::int64_t count, SlotWriter& out) const {
    const ColumnData& column = args_.columns[0];
    if (header_.columns != 1 || column.kind != ColumnKind::embedding ||
        column.table.type != args_.values_type || !out.takes_lines(row_bytes_) ||
        !steps_are_rows(column.table, view_of(0))) {
      return false;
    }
    with_element(column.table.type, [&]<class Element>(Element) {
      for_each_row<Element>(column.table, step_ids(0), ids_of(0), step, count,
                            [&out, bytes = row_bytes_](const Element* row) {
                              row != nullptr ? out.lines(row, bytes) : out.zeros(bytes);
                            });
    });
    return true;
  }

  /// One column over steps [step, step + count).
  void fill_slices(std::int32_t c, std::int64_t step, std::int64_t count, Cells out) const {
    const ColumnData& column = args_.columns[c];
    const std::int64_t pitch = args_.shape.dim;
    if (column.kind == ColumnKind::embedding) {
      combine_steps(column.table, step_ids(c), step, count, out, pitch);
    } else if (column.kind == ColumnKind::indicator) {
      count_steps(view_of(c), ids_of(c), column.width, step, count, out, pitch);
    } else if (column.kind == ColumnKind::numeric) {
      write_numbers(column, view_of(c), step, count, out, pitch);
    }
  }

  [[nodiscard]] const RaggedView& view_of(std::int32_t c) const noexcept {
    return cpu::view_of(args_, c);
  }
  [[nodiscard]] bool closed_up(std::int32_t c) const noexcept { return cpu::closed_up(args_, c); }
  [[nodiscard]] std::int64_t* ids_of(std::int32_t c) const noexcept {
    return cpu::ids_of(args_, c);
  }
  /// Norms stand behind room for all ids, and for weights where there are any.
  [[nodiscard]] float* norms_of(std::int32_t c) const noexcept {
    const std::int64_t ids = args_.shape.sizes.ids;
    auto* behind =
        static_cast<std::byte*>(args_.scratch) + ids * std::int64_t{sizeof(std::int64_t)};
    if (args_.shape.weighs) behind += ids * std::int64_t{sizeof(ValueWeight)};
    return reinterpret_cast<float*>(behind) + detail::first_ids_of(&header_)[c];
  }

  const LayerArgs& args_;
  const BatchHeader& header_;
  std::int64_t begin_;
  SlotRuns runs_;
  std::int64_t row_bytes_;
  bool large_tables_;
};

}  // namespace

std::int64_t scratch_bytes(const detail::LayerShape& shape) noexcept {
  constexpr std::int64_t kId = sizeof(std::int64_t);
  constexpr std::int64_t kWeight = sizeof(ValueWeight);
  constexpr std::int64_t kNorm = sizeof(float);
  return shape.sizes.ids * (kId + (shape.weighs ? kWeight : 0) + (shape.clips ? kNorm : 0));
}

void sequence_features(ThreadPool& pool, const LayerArgs& args) {
  const BatchHeader& header = *args.header;
  for (std::int64_t row = 0; row < args.shape.sizes.rows; ++row) {
    args.lengths[row] = detail::length_of_row(header, args.rule, row);
  }
  if (args.row_offsets != nullptr) {
    for (std::int64_t row = 0; row <= args.shape.sizes.rows; ++row) {
      args.row_offsets[row] = detail::first_step_of_row(header, row);
    }
  }
  if (args.values == nullptr && args.mask == nullptr && args.ids == nullptr) return;
  const std::int64_t slots = header.slots;
  const Chunks chunks(slots, row_bytes(args) + 32, pool.threads());
  pool.run(chunks.count, [&](std::int64_t chunk) {
    const std::int64_t begin = chunk * chunks.size;
    Chunk(args, begin, std::min(slots, begin + chunks.size)).fill();
  });
}

}  // namespace seqfeat::cpu
