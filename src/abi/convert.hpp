// SPDX-License-Identifier: Apache-2.0
// Structures of seqfeat.h as those of the library, and back.
#pragma once

#include "seqfeat/batch.hpp"
#include "seqfeat/features.hpp"
#include "seqfeat/keyed_hash.hpp"
#include "seqfeat/layer_options.hpp"
#include "seqfeat/pack.hpp"
#include "seqfeat/ragged.hpp"
#include "seqfeat/seqfeat.h"
#include "seqfeat/stream.hpp"
#include "seqfeat/table.hpp"

namespace seqfeat::abi {

// Towards the library. Throw InvalidArgument for a number that names no type, or a null pointer.

[[nodiscard]] DType to_dtype(seqfeat_dtype dtype);
[[nodiscard]] ValuesView to_values(const seqfeat_values* values);
[[nodiscard]] HashBucketOptions to_hash_options(const seqfeat_hash_options* options, DType dtype);
[[nodiscard]] RaggedView to_view(const seqfeat_ragged_view* view);
[[nodiscard]] Features to_features(const seqfeat_features* features);
[[nodiscard]] LayerOptions to_options(const seqfeat_pad_options* options);
[[nodiscard]] TableView to_table(const seqfeat_table* table);
[[nodiscard]] BatchSizes to_sizes(const seqfeat_sizes* sizes);
[[nodiscard]] Emit to_emit(int32_t emit);
[[nodiscard]] FloatType to_float_type(seqfeat_float_type type);
[[nodiscard]] OutputGradient to_gradient(const seqfeat_gradient* gradient);
[[nodiscard]] Outputs to_outputs(const seqfeat_outputs* outputs);
[[nodiscard]] inline Stream to_stream(void* stream) noexcept {
  return Stream(static_cast<CUstream_st*>(stream));
}

// Towards the caller.

[[nodiscard]] seqfeat_dtype from_dtype(DType dtype) noexcept;
[[nodiscard]] seqfeat_ragged_view from_view(const RaggedView& view) noexcept;
[[nodiscard]] seqfeat_sizes from_sizes(const BatchSizes& sizes) noexcept;

}  // namespace seqfeat::abi
