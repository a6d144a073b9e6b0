// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "seqfeat/column.hpp"
#include "seqfeat/features.hpp"

// The steps of crosses, to be packed beside the features: a device does not make them.

namespace seqfeat::abi {

/// A cross that some columns of a layer are of.
struct CrossedKeys {
  std::string key;                    ///< What its steps are called among features.
  std::vector<std::string> operands;  ///< The features that it crosses.
};

/// Those of `columns`, each once.
[[nodiscard]] std::vector<CrossedKeys> crosses_of(std::span<const Column> columns);

/// Its steps, of features on the host that were checked. The offsets stand in `rows` and `steps`,
/// or in a feature.
///
/// Throws   DataError as a layer; InvalidArgument naming a feature that is missing.
[[nodiscard]] RaggedView steps_of(const CrossedKeys& cross, const Features& features,
                                  std::vector<std::int64_t>& rows,
                                  std::vector<std::int64_t>& steps);

}  // namespace seqfeat::abi
