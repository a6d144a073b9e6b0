// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "backend/backend_impl.hpp"
#include "cuda/device.hpp"

namespace seqfeat::cuda {

/// The backend of one CUDA device. Every entry makes that device current and restores the caller's.
class CudaBackend final : public detail::BackendImpl {
 public:
  /// `memory` may be null: then the device's own pool.
  CudaBackend(Device device, std::shared_ptr<MemoryResource> memory);
  ~CudaBackend() override;

  [[nodiscard]] std::string name() const override { return "cuda"; }
  [[nodiscard]] std::string description() const override { return device_.description; }
  [[nodiscard]] bool on_device() const noexcept override { return true; }

  [[nodiscard]] const std::shared_ptr<MemoryResource>& memory() const noexcept override {
    return memory_;
  }
  [[nodiscard]] const std::shared_ptr<MemoryResource>& staging() const noexcept override {
    return staging_;
  }
  [[nodiscard]] bool can_read(const void* pointer) const override;
  void copy(void* to, const void* from, std::int64_t bytes, Stream stream) const override;
  void synchronize(Stream stream) const override;
  [[nodiscard]] std::unique_ptr<detail::Event> make_event() const override;
  void check_stream(Stream stream) const override;
  [[nodiscard]] Stream own_stream() const noexcept override { return own_stream_; }

  void hash(const detail::HashArgs& args, Stream stream) const override;
  void lookup(const detail::LookupArgs& args, Stream stream) const override;
  void sequence_features(const detail::LayerArgs& args, Stream stream) const override;
  [[nodiscard]] std::int64_t scratch_bytes(const detail::LayerShape& shape) const noexcept override;

 private:
  Device device_;
  std::shared_ptr<MemoryResource> memory_;
  std::shared_ptr<MemoryResource> staging_;
  Stream own_stream_ = kHostStream;
};

}  // namespace seqfeat::cuda
