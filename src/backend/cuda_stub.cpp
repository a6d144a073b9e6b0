// SPDX-License-Identifier: Apache-2.0
#include <string>

#include "backend/backend_impl.hpp"
#include "backend/launch_count.hpp"
#include "seqfeat/error.hpp"

// Stands for cuda/ where the library is built without it.

namespace seqfeat::detail {

std::shared_ptr<const BackendImpl> make_cuda_backend(
    int ordinal,
    std::shared_ptr<MemoryResource> /*memory*/) {  // NOLINT(performance-*): the interface
  throw DeviceUnavailable("CUDA device " + std::to_string(ordinal) +
                          ": this seqfeat was built without CUDA; configure with "
                          "-DSEQFEAT_CUDA=ON where nvcc is installed, or use the CPU backend");
}

std::int64_t launch_count() noexcept {
  return 0;
}

}  // namespace seqfeat::detail
