// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

// JSON as text, written the same way everywhere: equal values give equal bytes.

namespace seqfeat {

/// `text` in quotes; only what JSON demands is escaped.
///
/// Throws   InvalidArgument if `text` is not UTF-8.
[[nodiscard]] std::string json_string(std::string_view text);

/// The shortest number that reads back as `value`; it always looks like a fraction or has an
/// exponent, and -0 is written as 0. What JSON has no number for reads nan, inf or -inf.
[[nodiscard]] std::string json_number(double value);

}  // namespace seqfeat
