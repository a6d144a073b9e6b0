// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ostream>
#include <string>
#include <vector>

#include "seqfeat/backend.hpp"

namespace seqfeat::test {

/// A backend and the word that stands for it in the names of tests.
struct NamedBackend {
  std::string name;
  Backend backend;
};
inline void PrintTo(const NamedBackend& backend, std::ostream* out) {
  *out << backend.name;
}

/// What "every backend" means in this binary: cpu, and cuda where there is a device; or, linked
/// with emulated kernels, the emulator alone, for everything else is the same there.
///
/// Throws   DeviceUnavailable if SEQFEAT_REQUIRE_CUDA=1 asks for a device that is not there.
[[nodiscard]] const std::vector<NamedBackend>& every_backend();

}  // namespace seqfeat::test
