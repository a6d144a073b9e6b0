// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

// Writes JSON the same way everywhere: equal values give equal bytes.

namespace seqfeat {

/// `text` in quotes; only what JSON demands is escaped.
///
/// Throws   InvalidArgument if `text` is not UTF-8.
[[nodiscard]] std::string json_string(std::string_view text);

/// The shortest number that reads back as `value`, always with a fraction or an exponent. Writes -0
/// as 0.0, and nan, inf or -inf for the values that JSON does not have.
[[nodiscard]] std::string json_number(double value);

}  // namespace seqfeat
