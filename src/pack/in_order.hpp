// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "seqfeat/ragged.hpp"

namespace seqfeat::detail {

/// Whether offsets on the host, one at least, do not decrease and are not negative.
[[nodiscard]] bool in_order(const Offsets& offsets) noexcept;

}  // namespace seqfeat::detail
