// SPDX-License-Identifier: Apache-2.0
// What instructions share that access memory: the address, and the modifiers that say how.
#pragma once

#include "ops/table.hpp"

namespace ptx {

/// Base and offset of a lane. An address in a register of 32 bits wraps around in 32 bits.
inline Address address_of(Warp& warp, Row base, std::int64_t offset, unsigned lane) {
  const Address address = warp.read(base, lane) + static_cast<Address>(offset);
  return base.width == 8 ? address : static_cast<std::uint32_t>(address);
}

/// The bytes that a lane of an instruction accesses.
inline std::byte* bytes_at(Warp& warp, const Instruction& in, unsigned lane, std::size_t size,
                           bool write) {
  const Address address = address_of(warp, in.from[kAddress], in.offset, lane);
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
