// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "run/emit_set.hpp"
#include "seqfeat/safetensors.hpp"
#include "seqfeat/spec_json.hpp"

namespace seqfeat::run {

/// Checks that a part holds just the tensors that a run of `spec` emits, of the right types, and of
/// shapes that fit the spec, the number of rows and one another.
///
/// Throws   DataError saying which tensor, what was got and what was expected.
void check_shapes(const SafetensorsFile& part, const Spec& spec, const EmitSet& emit,
                  const std::vector<std::string>& keep, std::int64_t rows);

}  // namespace seqfeat::run
