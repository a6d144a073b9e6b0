// SPDX-License-Identifier: Apache-2.0
#pragma once

/// Uses std::string without including it, on purpose.
inline std::string planted() {
  return "planted";
}
