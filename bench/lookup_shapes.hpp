// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "bench/inputs.hpp"
#include "seqfeat/float_type.hpp"

// W1 to W3 as numbers: which tables, how many ids. Peers from outside read the same ones.

namespace seqfeat::bench {

/// A lookup as the plan words it.
struct LookupShape {
  std::int64_t tables = 1;  ///< Laid end to end; each gets an equal share of the steps.
  std::int64_t rows = 0;    ///< Of each.
  std::int64_t dim = 0;
  std::int64_t steps = 0;   ///< Output rows, over all tables.
  std::int64_t values = 1;  ///< Ids a step; 1: a sequence lookup, without step offsets.
  PowerLaw law = {};
  std::int64_t batches = 1;             ///< Sets of ids that take turns.
  bool narrow_ids = false;              ///< 32 bits.
  FloatType type = FloatType::float32;  ///< Of table and output.
};

/// A shape by name.
struct LookupDefinition {
  std::string name;
  std::string about;
  LookupShape shape;
  std::string note = {};
  std::string group = {};  ///< As of Workload.
};

/// W1, W1b, W2, W3, and the grid of W1.
[[nodiscard]] std::vector<LookupDefinition> lookup_definitions();

/// The shape with the share `scale` of its rows and steps, of each a few at least.
[[nodiscard]] LookupShape scaled(LookupShape shape, double scale);

/// The ids of batch `batch`, step by step.
[[nodiscard]] std::vector<std::int64_t> ids_of(const LookupShape& shape, std::int64_t batch);

/// Bytes of all its tables.
[[nodiscard]] std::int64_t table_bytes(const LookupShape& shape) noexcept;

/// Offsets of steps with `values` values each; none for one value a step.
[[nodiscard]] std::vector<std::int64_t> even_offsets(std::int64_t steps, std::int64_t values);

/// "int32" or "int64".
[[nodiscard]] std::string_view id_type(const LookupShape& shape) noexcept;

[[nodiscard]] nlohmann::ordered_json to_json(const LookupShape& shape);

}  // namespace seqfeat::bench
