// SPDX-License-Identifier: Apache-2.0
#include "seqfeat/backend.hpp"

#include "backend/backend_impl.hpp"
#include "seqfeat/error.hpp"

namespace seqfeat {
namespace detail {

void require_training(const BackendImpl& backend) {
  if (backend.trains()) return;
  throw DeviceUnavailable("training: the " + backend.name() +
                          " backend has no kernels for it in this version; train on "
                          "Backend::cpu(), whose tables any backend can read");
}

// A backend that does not train is asked for nothing here, because planning refuses first.

std::int64_t BackendImpl::training_scratch_bytes(const TrainingShape& /*shape*/) const {
  require_training(*this);
  return 0;
}
bool BackendImpl::is_capturing(Stream /*stream*/) const {
  return false;
}
void BackendImpl::group(const TrainingArgs& /*args*/, Stream /*stream*/) const {
  require_training(*this);
}
void BackendImpl::sum_gradients(const TrainingArgs& /*args*/, const GradientArgs& /*gradient*/,
                                const SparseRows* /*tables*/, Stream /*stream*/) const {
  require_training(*this);
}
void BackendImpl::update(const TrainingArgs& /*args*/, const GradientArgs& /*gradient*/,
                         const UpdateArgs& /*update*/, Stream /*stream*/) const {
  require_training(*this);
}
void BackendImpl::weight_gradients(const LayerArgs& /*layer*/, const WeightGradientArgs& /*args*/,
                                   Stream /*stream*/) const {
  require_training(*this);
}
void BackendImpl::apply(const AppliedRows& /*rows*/, const UpdateArgs& /*update*/,
                        Stream /*stream*/) const {
  require_training(*this);
}

}  // namespace detail

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
bool Backend::trains() const noexcept {
  return impl_->trains();
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
