// SPDX-License-Identifier: Apache-2.0
// What a program did wrong: it does not parse, or a thread of a kernel broke a rule of the machine.
#pragma once

#include <stdexcept>

namespace ptx {

/// The text says where (kernel, PTX line, instruction, block and thread), what happened and what
/// was expected instead.
struct Fault : std::runtime_error {
  using std::runtime_error::runtime_error;
};

}  // namespace ptx
