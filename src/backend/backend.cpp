// SPDX-License-Identifier: Apache-2.0
#include "seqfeat/backend.hpp"

#include "backend/backend_impl.hpp"
#include "seqfeat/error.hpp"

namespace seqfeat {

Backend Backend::cpu(std::shared_ptr<MemoryResource> memory) {
  return Backend(detail::make_cpu_backend(std::move(memory)));
}

Backend Backend::cuda(int ordinal, std::shared_ptr<MemoryResource> memory) {
  return Backend(detail::make_cuda_backend(ordinal, std::move(memory)));
}

Backend Backend::automatic() {
  try {
    return cuda();
  } catch (const DeviceUnavailable&) {
    return cpu();
  }
}

std::string Backend::name() const {
  return impl_->name();
}
std::string Backend::description() const {
  return impl_->description();
}
bool Backend::on_device() const noexcept {
  return impl_->on_device();
}
const std::shared_ptr<MemoryResource>& Backend::memory() const noexcept {
  return impl_->memory();
}
void Backend::synchronize(Stream stream) const {
  impl_->synchronize(stream);
}
void Backend::copy(void* to, const void* from, std::int64_t bytes, Stream stream) const {
  if (bytes > 0) impl_->copy(to, from, bytes, stream);
}

}  // namespace seqfeat
