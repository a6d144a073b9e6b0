// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "run/options.hpp"
#include "seqfeat/safetensors.hpp"

namespace seqfeat::run {

/// Checks that a part holds exactly the tensors that a run of `spec` emits, with types and shapes
/// that fit the spec, the number of rows and each other.
///
/// Throws   DataError saying which tensor, what was got and what was expected.
void check_shapes(const SafetensorsFile& part, const Spec& spec, const EmitSet& emit,
                  const std::vector<std::string>& keep, std::int64_t rows);

}  // namespace seqfeat::run
