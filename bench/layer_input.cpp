// SPDX-License-Identifier: Apache-2.0
#include "bench/layer_input.hpp"

#include <span>

namespace seqfeat::bench {
namespace {

constexpr std::uint64_t kLengthSeed = 5;
constexpr std::uint64_t kTokenSeed = 50;  // of the first key

/// One key's tokens, which `input` owns.
RaggedView make_tokens(LayerInput& input, const LayerShape& shape, std::uint64_t seed) {
  RaggedView view;
  view.row_offsets = offsets_of(input.row_offsets);
  view.values_per_step = shape.values_per_step;
  if (shape.with_step_offsets) view.step_offsets = offsets_of(input.step_offsets);
  view.value_count = input.row_offsets.back() * shape.values_per_step;
  view.dtype = shape.dtype;
  if (shape.dtype == DType::string) {
    const Strings& s = input.strings.emplace_back(random_strings(view.value_count, 8, 8, seed));
    view.data = s.bytes.data();
    view.bytes = static_cast<std::int64_t>(s.bytes.size());
    view.byte_offsets = offsets_of(s.offsets);
  } else {
    view.data = input.integers.emplace_back(log_uniform(view.value_count, seed)).data();
  }
  return view;
}

}  // namespace

LayerShape scaled(LayerShape shape, const Context& context) {
  shape.rows = context.scaled(shape.rows, 8);
  shape.buckets = context.scaled(shape.buckets, 1000);
  return shape;
}

std::vector<std::int64_t> row_offsets_of(const LayerShape& shape) {
  const auto choices = static_cast<std::uint64_t>(shape.longest - shape.shortest + 1);
  std::vector<std::int64_t> offsets = {0};
  for (std::int64_t b = 0; b < shape.rows; ++b) {
    const std::uint64_t bits = random_bits(kLengthSeed, static_cast<std::uint64_t>(b));
    const bool other = shape.outlier > 0 && b == shape.rows / 2;
    offsets.push_back(
        offsets.back() +
        (other ? shape.outlier : shape.shortest + static_cast<std::int64_t>(bits % choices)));
  }
  return offsets;
}

void make_input(const LayerShape& shape, LayerInput& input) {
  input.row_offsets = row_offsets_of(shape);
  for (std::int64_t s = 0; shape.with_step_offsets && s <= input.row_offsets.back(); ++s) {
    input.step_offsets.push_back(s * shape.values_per_step);
  }
  input.strings.reserve(static_cast<std::size_t>(shape.keys));  // views point into them
  for (std::int64_t k = 0; k < shape.keys; ++k) {
    input.features.set(key_of(k),
                       make_tokens(input, shape, kTokenSeed + static_cast<std::uint64_t>(k)));
  }
}

std::string key_of(std::int64_t column) {
  return "c" + std::to_string(100 + column);
}

nlohmann::ordered_json to_json(const LayerShape& shape) {
  return {{"kind", "padded"},           {"rows", shape.rows},
          {"shortest", shape.shortest}, {"longest", shape.longest},
          {"dim", shape.dim},           {"buckets", shape.buckets},
          {"outlier", shape.outlier},   {"length_seed", kLengthSeed},
          {"token_seed", kTokenSeed},   {"type", to_string(shape.type)}};
}

}  // namespace seqfeat::bench
