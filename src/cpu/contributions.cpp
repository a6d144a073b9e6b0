// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <numeric>

#include "cpu/layer_ids.hpp"
#include "cpu/ops.hpp"
#include "cpu/slot_runs.hpp"
#include "cpu/training.hpp"
#include "seqfeat/gradient.hpp"

// After the forward pass: each value of a trained column becomes a record of its contribution, so
// that nothing else of the batch is needed any more. group.cpp sorts the records.

namespace seqfeat::cpu {
namespace {

using detail::ColumnData;
using detail::LayerArgs;
using detail::TrainedColumn;

/// True if all values of a column contribute the gradient itself.
bool scales(const ColumnData& column, const RaggedView& view) noexcept {
  const bool single = view.step_offsets.absent() && view.values_per_step == 1;
  if (column.table.weighted) return true;
  return !single && column.table.combiner != Combiner::sum;
}

/// Decides on the form of records.
void choose_records(const LayerArgs& layer, const TrainingArgs& args, Contributions& out) noexcept {
  constexpr std::int64_t kNarrow = std::int64_t{1} << 32;
  out.unit = args.shape.dim;
  for (std::int32_t k = 0; k < args.shape.columns; ++k) {
    const std::int32_t c = args.columns[k].column;
    out.unit = std::gcd(out.unit, layer.columns[c].offset);
    out.wide = out.wide || scales(layer.columns[c], view_of(layer, c));
  }
  const std::int64_t units = args.shape.dim / out.unit;
  out.wide = out.wide || args.shape.keys >= kNarrow || layer.header->slots > kNarrow / units;
}

/// The records of one trained column in slots [begin, end).
class Keeper {
 public:
  Keeper(const LayerArgs& layer, const TrainingArgs& args, const Contributions& out, std::int32_t k)
      : args_(args),
        out_(out),
        table_(args.tables[args.columns[k].table]),
        column_(layer.columns[args.columns[k].column]),
        view_(view_of(layer, args.columns[k].column)),
        ids_(ids_of(layer, args.columns[k].column)),
        weights_(column_.table.weighted ? weights_of(layer, args.columns[k].column) : nullptr),
        first_(detail::first_contributions_of(layer.header)[k]) {}

  void keep(std::int64_t step, std::int64_t count, std::int64_t slot) const noexcept {
    if (view_.step_offsets.absent() && view_.values_per_step == 1) {
      const auto units = static_cast<std::uint64_t>(args_.shape.dim / out_.unit);
      const auto offset = static_cast<std::uint64_t>(column_.offset / out_.unit);
      if (!out_.wide) {
        auto* records = static_cast<NarrowRecord*>(out_.records) + first_;
        for (std::int64_t i = 0; i < count; ++i) {
          const auto place = static_cast<std::uint64_t>(slot + i) * units + offset;
          records[step + i] = key(step + i) << 32 | place;
        }
        return;
      }
    }
    for (std::int64_t s = step; s < step + count; ++s, ++slot) {
      const StepRange values = values_of_step(view_, s);
      keep_step(values.begin, values.begin + values.count,
                place_of(args_.shape.dim, column_, slot));
    }
  }

 private:
  [[nodiscard]] std::uint64_t key(std::int64_t i) const noexcept {
    return static_cast<std::uint64_t>(detail::key_of(args_.shape, table_, ids_[i]));
  }

  /// Values [begin, end) of one step.
  void keep_step(std::int64_t begin, std::int64_t end, std::int64_t place) const noexcept {
    if (!out_.wide) {
      const auto unit = static_cast<std::uint64_t>(place / out_.unit);
      auto* records = static_cast<NarrowRecord*>(out_.records) + first_;
      for (std::int64_t i = begin; i < end; ++i) records[i] = key(i) << 32 | unit;
      return;
    }
    if (weights_ != nullptr) return keep_weighted(begin, end, detail::weighted_place(place));
    const std::int64_t n =
        std::count_if(ids_ + begin, ids_ + end, [](std::int64_t id) { return id >= 0; });
    const float scale = contribution_scale(column_.table.combiner, std::max<std::int64_t>(n, 1));
    auto* records = static_cast<WideRecord*>(out_.records) + first_;
    for (std::int64_t i = begin; i < end; ++i) {
      records[i] = {key(i), static_cast<std::uint32_t>(first_ + i), scale};
      out_.places[first_ + i] = place;
    }
  }

  void keep_weighted(std::int64_t begin, std::int64_t end, std::int64_t place) const noexcept {
    auto* records = static_cast<WideRecord*>(out_.records) + first_;
    for (std::int64_t i = begin; i < end; ++i) {
      const float scale =
          ids_[i] >= 0 ? contribution_scale(column_.table.combiner, weights_[i]) : 1.0F;
      records[i] = {key(i), static_cast<std::uint32_t>(first_ + i), scale};
      out_.places[first_ + i] = place;
    }
  }

  const TrainingArgs& args_;
  const Contributions& out_;
  const detail::TrainedTable& table_;
  const ColumnData& column_;
  const RaggedView& view_;
  const std::int64_t* ids_;
  const ValueWeight* weights_;  // null: the column has none
  std::int64_t first_;
};

}  // namespace

void keep_contributions(ThreadPool& pool, const LayerArgs& layer, const TrainingArgs& args) {
  Contributions& out = lay_out(args);
  if (args.shape.columns == 0) return;
  const detail::BatchHeader& header = *layer.header;
  choose_records(layer, args, out);
  out.count = detail::first_contributions_of(&header)[args.shape.columns];
  if (out.count == 0) return;
  const Chunks chunks(header.slots, args.shape.columns * std::int64_t{32}, pool.threads());
  pool.run(chunks.count, [&](std::int64_t chunk) {
    const std::int64_t begin = chunk * chunks.size;
    const std::int64_t end = std::min(header.slots, begin + chunks.size);
    const SlotRuns runs(detail::features_of(&header)[layer.columns[0].feature], layer.rule,
                        header.row_slots, begin, end);
    for (std::int32_t k = 0; k < args.shape.columns; ++k) {
      const Keeper keeper(layer, args, out, k);
      std::int64_t slot = begin;
      runs.for_each(
          [&](std::int64_t step, std::int64_t count) {
            keeper.keep(step, count, slot);
            slot += count;
          },
          [&](std::int64_t count) { slot += count; });
    }
  });
}

}  // namespace seqfeat::cpu
