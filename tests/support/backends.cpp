// SPDX-License-Identifier: Apache-2.0
#include "tests/support/backends.hpp"

#include <cstdlib>
#include <string_view>

#include "seqfeat/error.hpp"

namespace seqfeat::test {
namespace {

std::vector<NamedBackend> find_backends() {
#ifdef SEQFEAT_EMULATED
  return {{"simt", Backend::cuda(0)}};
#else
  std::vector<NamedBackend> found = {{"cpu", Backend::cpu()}};
  try {
    found.push_back({"cuda", Backend::cuda(0)});
  } catch (const DeviceUnavailable&) {
    const char* required = std::getenv("SEQFEAT_REQUIRE_CUDA");
    if (required != nullptr && std::string_view(required) == "1") throw;
  }
  return found;
#endif
}

}  // namespace

const std::vector<NamedBackend>& every_backend() {
  static const std::vector<NamedBackend> backends = find_backends();
  return backends;
}

}  // namespace seqfeat::test
