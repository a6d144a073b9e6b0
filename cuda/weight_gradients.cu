// SPDX-License-Identifier: Apache-2.0
#include "cuda/norms.cuh"
#include "cuda/slot_of_value.cuh"
#include "cuda/training.hpp"
#include "seqfeat/gradient.hpp"

// The gradient of weights: of each value the product of its row and the gradient of its step.

namespace seqfeat::cuda {
namespace {

/// Element `i` of memory that no kernel writes meanwhile.
__device__ __forceinline__ float element_at(const void* data, FloatType type, std::int64_t i) {
  return load_element(static_cast<const unsigned char*>(data) + (i << log_size_of(type)), type);
}

/// The gradient of the weight of the `i`-th value in the flat space of ids, warp-wide. `place` is
/// the first element of its step's slice.
__device__ float gradient_of_weight(const detail::LayerArgs& layer,
                                    const detail::WeightGradientArgs& args,
                                    const detail::TableRule& table, const LayerIds& ids,
                                    std::int64_t i, std::int64_t place) {
  const TableRows rows(table);
  const WeightGradient rule{table.combiner, ids.weights[i]};
  const bool inside = ids.inside(rows, i);
  const unsigned char* const row = ids.row(rows, i);
  const auto product = [&](std::int64_t d) {
    float element = inside ? element_at(row, table.type, d) : 0.0F;
    if (table.clips) element = clip(element, ids.norms[i], table.max_norm);
    return rule.product(element, element_at(layer.values, layer.values_type, place + d),
                        element_at(args.gradient.data, args.gradient.type, place + d));
  };
  const auto lane = static_cast<int>(threadIdx.x % 32);
  const float of_lane = products_of_lane<float>(lane, table.dim, product);
  return rule.finish(sum_from_warp(table.dim, product, of_lane));
}

/// A warp looks at one value of the column.
///
/// Traffic   A row, and its step's vector and gradient; an id and a weight. Offsets are searched.
__global__ void __launch_bounds__(kThreads)
    weight_gradients_kernel(const detail::LayerArgs layer, const detail::WeightGradientArgs args,
                            const LayerIds ids) {
  const std::int64_t i = std::int64_t{blockIdx.x} * kWarps + threadIdx.x / 32;
  const detail::ColumnData& column = layer.columns[args.column];
  const detail::BatchFeature& feature = detail::features_of(layer.header)[column.feature];
  const RaggedView& view = feature.view;
  if (i >= view.value_count) return;
  const std::int64_t step = step_here(view, i);
  const StepRange values = values_of_step(view, step);
  const std::int64_t slot = slot_of(*layer.header, feature, layer.rule, step);
  const std::int64_t first = detail::first_ids_of(layer.header)[args.column] + values.begin;
  std::int64_t n = 0;
  if (slot >= 0 && values.contains(i)) n = detail::count_with_rows(ids.ids + first, values.count);
  // Values with rows stand in front. The warps of the others write zeros where these stood.
  const std::int64_t k = i - values.begin;
  float gradient = 0.0F;
  std::int64_t value = i;
  if (k < n) {
    value = values.begin + detail::place_in_step(ids.weights + first, n, values.count, k);
    gradient = gradient_of_weight(layer, args, column.table, ids, first + k,
                                  place_of(layer.shape.dim, column, slot));
  } else if (n > 0) {
    const std::int64_t left_out = detail::left_out(ids.weights[first + k]);
    if (left_out < values.count) value = values.begin + left_out;  // offsets may lie
  }
  if (threadIdx.x % 32 == 0) args.out[value] = gradient;
}

}  // namespace

void load_weight_gradients_kernels() {
  load_kernel(weight_gradients_kernel);
}

void enqueue_weight_gradients(const detail::LayerArgs& layer,
                              const detail::WeightGradientArgs& args, const std::int64_t* ids,
                              const ValueWeight* weights, const float* norms, Stream stream) {
  const std::int64_t values = layer.shape.sizes.tokens;
  launch("weight_gradients_kernel", weight_gradients_kernel, {(values + kWarps - 1) / kWarps},
         stream, layer, args, LayerIds{ids, norms, weights});
}

}  // namespace seqfeat::cuda
