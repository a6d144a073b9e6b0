// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstring>

#include "seqfeat/pad.hpp"
#include "tests/golden/compare.hpp"

namespace seqfeat::golden {
namespace {

/// A ragged batch in both of the forms that a case holds.
struct Flat {
  std::vector<std::int64_t> row_offsets{0};
  std::vector<std::int64_t> step_offsets{0};
  std::vector<std::int64_t> indices;  ///< [N, 3]
  std::vector<std::int64_t> dense_shape{0, 0, 0};
  bool one_value_a_step = true;
};

/// Rows of a CSR form end at their last value; a sparse tensor is as wide as its longest row with
/// the empty steps at its end.
Flat flattened(const RaggedView& view) {
  Flat flat;
  flat.dense_shape[0] = view.rows();
  for (std::int64_t b = 0; b < view.rows(); ++b) {
    const StepRange steps = steps_of_row(view, b);
    flat.dense_shape[1] =
        std::max(flat.dense_shape[1], view.row_offsets[b + 1] - view.row_offsets[b]);
    for (std::int64_t s = 0; s < steps.count; ++s) {
      const StepRange values = values_of_step(view, steps.begin + s);
      for (std::int64_t i = 0; i < values.count; ++i) {
        flat.indices.insert(flat.indices.end(), {b, s, i});
      }
      flat.dense_shape[2] = std::max(flat.dense_shape[2], values.count);
      flat.one_value_a_step = flat.one_value_a_step && values.count == 1;
      flat.step_offsets.push_back(flat.step_offsets.back() + values.count);
    }
    flat.row_offsets.push_back(flat.row_offsets.back() + steps.count);
  }
  return flat;
}

/// The bytes of value `i`.
std::string_view bytes_of(const RaggedView& view, std::int64_t i) {
  const auto* data = static_cast<const char*>(view.data);
  if (view.dtype == DType::string) {
    const std::int64_t begin = view.byte_offsets[i];
    return {data + begin, static_cast<std::size_t>(view.byte_offsets[i + 1] - begin)};
  }
  const std::int64_t size = size_of(view.dtype);
  return {data + i * size, static_cast<std::size_t>(size)};
}

void same_tokens(const std::string& what, const RaggedView& got, const Tokens& expected) {
  RaggedView wanted;
  wanted.data = expected.data.data();
  wanted.byte_offsets = offsets_of(expected.byte_offsets);
  wanted.dtype = expected.dtype;
  if (got.value_count != expected.count) {
    throw Difference(what + ": got " + std::to_string(got.value_count) + " values, expected " +
                     std::to_string(expected.count));
  }
  for (std::int64_t i = 0; i < got.value_count; ++i) {
    if (bytes_of(got, i) != bytes_of(wanted, i)) {
      throw Difference(what + '[' + std::to_string(i) + "] is another token");
    }
  }
}

/// The first `rank` of every three numbers.
std::vector<std::int64_t> cut_to_rank(const std::vector<std::int64_t>& triples, std::size_t rank) {
  std::vector<std::int64_t> cut;
  for (std::size_t i = 0; i < triples.size(); ++i) {
    if (i % 3 < rank) cut.push_back(triples[i]);
  }
  return cut;
}

}  // namespace

void same_feature(std::string_view key, const RaggedView& got, const Json& expected) {
  const std::string name(key);
  const DType dtype = dtype_of(expected);
  if (got.dtype != dtype) {
    throw Difference(name + ": got dtype " + std::string(to_string(got.dtype)) + ", expected " +
                     std::string(to_string(dtype)));
  }
  const Flat flat = flattened(got);
  const Csr csr = csr_from(expected);
  same(name + ".csr.row_offsets", flat.row_offsets, csr.row_offsets);
  if (!csr.step_offsets.empty()) {
    same(name + ".csr.step_offsets", flat.step_offsets, csr.step_offsets);
  } else if (!flat.one_value_a_step) {
    throw Difference(name + ": got a step of several values or none, expected one in each");
  }
  same_tokens(name + ".csr.values", got, csr.tokens);

  const std::vector<std::int64_t> shape = int64s_from(member(expected, "dense_shape"));
  std::vector<std::int64_t> indices;
  for (const Json& index : member(expected, "indices")) {
    for (const std::int64_t i : int64s_from(index)) indices.push_back(i);
  }
  same(name + ".indices", cut_to_rank(flat.indices, shape.size()), indices);
  same(name + ".dense_shape", cut_to_rank(flat.dense_shape, shape.size()), shape);
  same_tokens(name + ".values", got, tokens_from(expected, dtype));
}

}  // namespace seqfeat::golden
