// SPDX-License-Identifier: Apache-2.0
// Where each register of a program holds a value that is still needed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "machine/program.hpp"

namespace ptx {

/// The instructions from `first` to `last` between which a register is alive somewhere.
struct Lifetime {
  std::uint32_t first = ~std::uint32_t{0};
  std::uint32_t last = 0;

  [[nodiscard]] bool used() const { return first <= last; }
};

/// Calls `use(row)` for the rows that an instruction reads.
template <class Use>
void for_each_source(Instruction& in, Use use) {
  if (in.guarded) {
    use(in.guard);
  }
  for (Row& row : in.from) {
    if (row.offset != 0) {
      use(row);
    }
  }
}

/// Calls `use(row)` for the rows that an instruction writes.
template <class Use>
void for_each_target(Instruction& in, Use use) {
  for (Row& row : in.to) {
    if (row.offset != 0) {
      use(row);
    }
  }
}

/// The lifetimes of `count` registers; `number_of` tells the number of a row, or `count` for rows
/// that are no registers.
std::vector<Lifetime> lifetimes(Program& program, std::size_t count,
                                const std::function<std::size_t(Row)>& number_of);

}  // namespace ptx
