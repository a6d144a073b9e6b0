// SPDX-License-Identifier: Apache-2.0
// What instructions share that access memory: the address, and the modifiers that say how.
#pragma once

#include "ops/table.hpp"

namespace ptx {

/// The bytes that a lane of an instruction accesses.
inline std::byte* bytes_at(Warp& warp, const Instruction& in, unsigned lane, std::size_t size,
                           bool write) {
  const Address address = warp.read(in.from[kAddress], lane) + static_cast<Address>(in.offset);
  return warp.locate(in, lane, {in.space, address, size, write});
}

/// Takes a state space; generic if there is none.
Space take_space(Modifiers& modifiers);
/// Takes what orders an access among those of other threads. Here memory is sequentially
/// consistent, so all orders are kept.
void take_ordering(Modifiers& modifiers, std::initializer_list<std::string_view> orders);
/// Whether other threads can see memory of this space change.
[[nodiscard]] constexpr bool is_common(Space space) {
  return space == Space::generic || space == Space::global || space == Space::shared;
}

}  // namespace ptx
