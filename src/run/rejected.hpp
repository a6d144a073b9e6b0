// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "seqfeat/error.hpp"

namespace seqfeat::run {

inline constexpr const char* kRejectedName = "rejected.jsonl";

/// The place as an object: `file`, `record`, `offset` and `column`, null where it is not known.
[[nodiscard]] nlohmann::ordered_json json_of(const DataPlace& place);

/// The lines of `rejected.jsonl`: the records that were left out, in the order of the input.
[[nodiscard]] std::string rejected_lines(const std::vector<DataError>& rejected);

/// Whether `text` consists of such lines, or is empty.
[[nodiscard]] bool is_rejected_lines(std::string_view text);

}  // namespace seqfeat::run
