// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "seqfeat/spec_json.hpp"

namespace seqfeat::run {

/// Reads the spec in `file`; "-" is standard input.
///
/// Throws   InvalidArgument naming the file and what is wrong with it.
[[nodiscard]] Spec read_spec(const std::string& file);

}  // namespace seqfeat::run
