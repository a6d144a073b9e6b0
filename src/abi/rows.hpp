// SPDX-License-Identifier: Apache-2.0
// Parsed records as seqfeat.h shows them. records.cpp parses memory, reader.cpp files.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "seqfeat/example.hpp"
#include "seqfeat/seqfeat.h"

namespace seqfeat::abi {

/// A parse spec of the caller's, as the library's parser takes it.
struct ParsePlan {
  /// Throws InvalidArgument for two keys alike, an unknown dtype or kind, or a null pointer.
  explicit ParsePlan(const seqfeat_parse_spec* given);

  std::vector<std::string> keys;  ///< In the caller's order.
  ParseSpec spec;
  std::vector<std::string> keep;
  RecordKind kind = RecordKind::example;

  [[nodiscard]] ExampleParser make_parser() const { return {spec, kind, keep}; }
};

/// Kept values as arrays.
struct Kept {
  explicit Kept(const std::vector<Scalar>& scalars);

  seqfeat_kept_kind kind = SEQFEAT_KEPT_INT64;
  std::int64_t count = 0;
  std::vector<std::int64_t> integers;
  std::vector<float> floats;
  std::string bytes;
  std::vector<std::int64_t> byte_offsets;
};

}  // namespace seqfeat::abi

struct seqfeat_rows {
  /// Takes the rows out of a parser that read them by `plan`.
  seqfeat_rows(seqfeat::ExampleParser parsed, const seqfeat::abi::ParsePlan& plan);

  seqfeat::ExampleParser parser;
  std::vector<seqfeat_ragged_view> features;  ///< In the order of the plan's keys.
  std::vector<seqfeat::abi::Kept> kept;
};
