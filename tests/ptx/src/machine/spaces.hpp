// SPDX-License-Identifier: Apache-2.0
// Where the address spaces lie among generic addresses. Global and constant memory are the host's
// own addresses; the other spaces get windows where no address of a host process is.
#pragma once

#include "ptx/memory.hpp"

namespace ptx {

enum class Space : std::uint8_t { generic, global, constant, shared, local, param };

inline constexpr Address kSharedWindow = Address{1} << 56;
inline constexpr Address kLocalWindow = Address{2} << 56;
inline constexpr Address kParamWindow = Address{3} << 56;
inline constexpr Address kWindowBytes = Address{1} << 32;

/// What to add to an address of `space` to make it generic.
[[nodiscard]] constexpr Address window(Space space) {
  switch (space) {
    case Space::shared:
      return kSharedWindow;
    case Space::local:
      return kLocalWindow;
    case Space::param:
      return kParamWindow;
    default:
      return 0;
  }
}

[[nodiscard]] constexpr const char* name(Space space) {
  switch (space) {
    case Space::generic:
      return "generic";
    case Space::global:
      return "global";
    case Space::constant:
      return "constant";
    case Space::shared:
      return "shared";
    case Space::local:
      return "local";
    case Space::param:
      return "parameter";
  }
  return "";
}

}  // namespace ptx
