// SPDX-License-Identifier: Apache-2.0
#include "tests/golden/backends.hpp"

#include <cstdlib>
#include <string_view>

#include "seqfeat/error.hpp"

namespace seqfeat::golden {

#ifdef SEQFEAT_GOLDEN_EMULATOR

Where every_backend() {
  return {.backends = {{"simt", Backend::cuda(0)}}, .cases_without_backend = false};
}

#else

Where every_backend() {
  Where where{.backends = {{"cpu", Backend::cpu()}}};
  try {
    where.backends.push_back({"cuda", Backend::cuda(0)});
  } catch (const DeviceUnavailable&) {
    const char* required = std::getenv("SEQFEAT_REQUIRE_CUDA");
    if (required != nullptr && std::string_view(required) == "1") throw;
  }
  return where;
}

#endif

}  // namespace seqfeat::golden
