// SPDX-License-Identifier: Apache-2.0
#include "runtime/machine.hpp"

namespace simt {

Stats counts{};

Stats stats() {
  return counts;
}

}  // namespace simt
