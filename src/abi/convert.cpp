// SPDX-License-Identifier: Apache-2.0
#include "abi/convert.hpp"

#include "abi/guard.hpp"

namespace seqfeat::abi {
namespace {

using detail::concat;

Offsets to_offsets(const seqfeat_offsets& offsets) noexcept {
  return {offsets.data, offsets.count, offsets.wide != 0};
}

seqfeat_offsets from_offsets(const Offsets& offsets) noexcept {
  return {offsets.data, offsets.count, offsets.wide ? 1 : 0};
}

/// An enumerator by its number, which counts from 0 up to `last`.
template <class Enum>
Enum enumerator(std::int64_t number, Enum last, std::string_view name) {
  if (number < 0 || number > static_cast<std::int64_t>(last)) {
    throw InvalidArgument(
        concat(name, ": got ", number, ", expected 0 to ", static_cast<std::int64_t>(last)));
  }
  return static_cast<Enum>(number);
}

static_assert(static_cast<int>(DType::string) == SEQFEAT_STRING &&
              static_cast<int>(DType::int8) == SEQFEAT_INT8 &&
              static_cast<int>(DType::uint8) == SEQFEAT_UINT8 &&
              static_cast<int>(DType::uint64) == SEQFEAT_UINT64 &&
              static_cast<int>(DType::float64) == SEQFEAT_DTYPE_FLOAT64);
static_assert(static_cast<int>(FloatType::float32) == SEQFEAT_FLOAT32 &&
              static_cast<int>(FloatType::float16) == SEQFEAT_FLOAT16 &&
              static_cast<int>(FloatType::bfloat16) == SEQFEAT_BFLOAT16);
static_assert(static_cast<int>(Emit::values_only) == SEQFEAT_EMIT_VALUES &&
              static_cast<int>(Emit::ids) == SEQFEAT_EMIT_IDS &&
              static_cast<int>(Emit::mask) == SEQFEAT_EMIT_MASK &&
              static_cast<int>(Emit::ragged) == SEQFEAT_EMIT_RAGGED);

}  // namespace

DType to_dtype(seqfeat_dtype dtype) {
  return enumerator(static_cast<std::int64_t>(dtype), DType::float64, "dtype");
}

FloatType to_float_type(seqfeat_float_type type) {
  return enumerator(static_cast<std::int64_t>(type), FloatType::bfloat16, "type");
}

ValuesView to_values(const seqfeat_values* values) {
  require(values, "values");
  return {to_dtype(values->dtype), values->data, to_offsets(values->byte_offsets), values->count,
          values->bytes};
}

HashBucketOptions to_hash_options(const seqfeat_hash_options* options, DType dtype) {
  HashBucketOptions to;
  if (options == nullptr) return to;
  if (options->salt != nullptr) to.salt = HashKey{options->salt[0], options->salt[1]};
  if (options->mask_text != nullptr) {
    if (options->mask_size < 0) {
      throw InvalidArgument(
          concat("options: mask_size: got ", options->mask_size, ", expected at least 0"));
    }
    to.mask_value = std::string(options->mask_text, static_cast<std::size_t>(options->mask_size));
  } else if (options->mask_integer != nullptr) {
    const std::int64_t bits = *options->mask_integer;
    if (dtype == DType::uint64) {
      to.mask_value = static_cast<std::uint64_t>(bits);
    } else {
      to.mask_value = bits;
    }
  }
  return to;
}

RaggedView to_view(const seqfeat_ragged_view* view) {
  require(view, "view");
  const ValuesView values = to_values(&view->values);
  RaggedView to;
  to.row_offsets = to_offsets(view->row_offsets);
  to.step_offsets = to_offsets(view->step_offsets);
  to.byte_offsets = values.byte_offsets;
  to.data = values.data;
  if (view->values_per_step != 0) to.values_per_step = view->values_per_step;
  to.value_count = values.count;
  to.bytes = values.bytes;
  to.dtype = values.dtype;
  to.location = view->on_device != 0 ? Location::device : Location::host;
  to.trusted = view->trusted != 0;
  return to;
}

Features to_features(const seqfeat_features* features) {
  require(features, "features");
  if (features->count > 0) {
    require(features->keys, "features: keys");
    require(features->views, "features: views");
  }
  Features to;
  for (std::int64_t i = 0; i < features->count; ++i) {
    require(features->keys[i], "features: key");
    to.set(features->keys[i], to_view(&features->views[i]));
  }
  return to;
}

LayerOptions to_options(const seqfeat_pad_options* options) {
  require(options, "options");
  LayerOptions to;
  if (options->max_length != 0) to.max_length = options->max_length;
  to.truncation = enumerator(options->truncation, Truncation::keep_last, "truncation");
  to.padding = enumerator(options->padding, Padding::max_length, "padding");
  to.padding_side = options->left != 0 ? PaddingSide::left : PaddingSide::right;
  to.pad_to_multiple_of = options->pad_to_multiple_of;
  check(to);
  return to;
}

TableView to_table(const seqfeat_table* table) {
  require(table, "table");
  return {table->data, table->rows, table->dim, table->pitch, to_float_type(table->type)};
}

BatchSizes to_sizes(const seqfeat_sizes* sizes) {
  require(sizes, "sizes");
  return {sizes->rows, sizes->steps, sizes->tokens, sizes->bytes, sizes->padded_steps, sizes->ids};
}

Emit to_emit(int32_t emit) {
  constexpr int32_t kAll =
      SEQFEAT_EMIT_VALUES | SEQFEAT_EMIT_IDS | SEQFEAT_EMIT_MASK | SEQFEAT_EMIT_RAGGED;
  if ((emit & ~kAll) != 0) {
    throw InvalidArgument(concat("emit: got ", emit, ", expected a sum of SEQFEAT_EMIT_..."));
  }
  return static_cast<Emit>(emit);
}

OutputGradient to_gradient(const seqfeat_gradient* gradient) {
  require(gradient, "gradient");
  return {gradient->data, to_float_type(gradient->type)};
}

Outputs to_outputs(const seqfeat_outputs* outputs) {
  require(outputs, "outputs");
  return {outputs->values,
          outputs->lengths,
          outputs->mask,
          outputs->ids,
          to_float_type(outputs->type),
          outputs->ragged_values,
          outputs->row_offsets};
}

seqfeat_dtype from_dtype(DType dtype) noexcept {
  return static_cast<seqfeat_dtype>(dtype);
}

seqfeat_ragged_view from_view(const RaggedView& view) noexcept {
  seqfeat_ragged_view to = {};
  to.row_offsets = from_offsets(view.row_offsets);
  to.step_offsets = from_offsets(view.step_offsets);
  to.values.byte_offsets = from_offsets(view.byte_offsets);
  to.values.data = view.data;
  to.values_per_step = view.values_per_step;
  to.values.count = view.value_count;
  to.values.bytes = view.bytes;
  to.values.dtype = from_dtype(view.dtype);
  to.on_device = view.location == Location::device ? 1 : 0;
  to.trusted = view.trusted ? 1 : 0;
  return to;
}

seqfeat_sizes from_sizes(const BatchSizes& sizes) noexcept {
  return {sizes.rows, sizes.steps, sizes.tokens, sizes.bytes, sizes.padded_steps, sizes.ids};
}

}  // namespace seqfeat::abi
