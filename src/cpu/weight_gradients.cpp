// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "cpu/gather.hpp"
#include "cpu/layer_ids.hpp"
#include "cpu/slot_runs.hpp"
#include "cpu/training.hpp"
#include "seqfeat/gradient.hpp"

// The gradient of weights: of each value the product of its row and the gradient of its step.

namespace seqfeat::cpu {
namespace {

/// An element of a table, of the layer's values or of their gradient.
float element_at(const void* data, FloatType type, std::int64_t i) {
  float value = 0.0F;
  with_element(
      type, [&]<class Element>(Element) { value = widened(static_cast<const Element*>(data)[i]); });
  return value;
}

class WeightGradients {
 public:
  WeightGradients(const detail::LayerArgs& layer, const detail::WeightGradientArgs& args)
      : layer_(layer),
        args_(args),
        column_(layer.columns[args.column]),
        view_(view_of(layer, args.column)),
        ids_(ids_of(layer, args.column)),
        weights_(weights_of(layer, args.column)) {}

  void write(std::int64_t step, std::int64_t slot) const {
    const StepRange values = values_of_step(view_, step);
    const std::int64_t* const ids = ids_ + values.begin;
    const ValueWeight* const weights = weights_ + values.begin;
    const std::int64_t n = detail::count_with_rows(ids, values.count);
    const std::int64_t place = detail::place_of(layer_.shape.dim, column_, slot);
    for (std::int64_t k = 0; k < n; ++k) {
      const std::int64_t value = detail::place_in_step(weights, n, values.count, k);
      args_.out[values.begin + value] = gradient_of(ids[k], weights[k], place);
    }
  }

 private:
  [[nodiscard]] float gradient_of(std::int64_t id, const ValueWeight& weight,
                                  std::int64_t place) const {
    const detail::TableRule& table = column_.table;
    const WeightGradient rule{table.combiner, weight};
    const auto stored = [&, inside = holds(table, id)](std::int64_t d) {
      return inside ? element_at(table.data, table.type, id * table.pitch + d) : 0.0F;
    };
    const auto square = [&](std::int64_t d) { return stored(d) * stored(d); };
    const float norm = table.clips ? root_of_squares(sum_of_products(table.dim, square)) : 0.0F;
    return rule.finish(sum_of_products(table.dim, [&](std::int64_t d) {
      const float row = table.clips ? clip(stored(d), norm, table.max_norm) : stored(d);
      return rule.product(row, element_at(layer_.values, layer_.values_type, place + d),
                          element_at(args_.gradient.data, args_.gradient.type, place + d));
    }));
  }

  const detail::LayerArgs& layer_;
  const detail::WeightGradientArgs& args_;
  const detail::ColumnData& column_;
  const RaggedView& view_;
  const std::int64_t* ids_;
  const ValueWeight* weights_;
};

}  // namespace

void weight_gradients(ThreadPool& pool, const detail::LayerArgs& layer,
                      const detail::WeightGradientArgs& args) {
  const detail::BatchHeader& header = *layer.header;
  const detail::ColumnData& column = layer.columns[args.column];
  std::fill_n(args.out, view_of(layer, args.column).value_count, 0.0F);  // of those without a row
  if (header.slots == 0) return;
  const Chunks chunks(header.slots, column.table.dim * std::int64_t{12}, pool.threads());
  pool.run(chunks.count, [&](std::int64_t chunk) {
    const std::int64_t begin = chunk * chunks.size;
    const std::int64_t end = std::min(header.slots, begin + chunks.size);
    const SlotRuns runs(detail::features_of(&header)[column.feature], layer.rule, header.row_slots,
                        begin, end);
    const WeightGradients gradients(layer, args);
    std::int64_t slot = begin;
    runs.for_each(
        [&](std::int64_t step, std::int64_t count) {
          for (const std::int64_t last = slot + count; slot < last;) {
            gradients.write(step++, slot++);
          }
        },
        [&](std::int64_t count) { slot += count; });
  });
}

}  // namespace seqfeat::cpu
