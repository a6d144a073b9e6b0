// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "seqfeat/memory.hpp"
#include "seqfeat/stream.hpp"

namespace seqfeat {

namespace detail {
class BackendImpl;
}

/// Where work is done. A handle: copies name the same backend.
class Backend {
 public:
  /// The host's cores: a persistent pool of as many threads as SEQFEAT_NUM_THREADS says, else as
  /// the process may use (affinity and cgroup limits). SEQFEAT_SIMD ("scalar", "sse4.2", "avx2" or
  /// "avx512") names the widest vectors that the library may use, anywhere and not only in a
  /// backend; results are the same. `memory` overrides the C++ heap and a free list in front of it,
  /// which keeps large blocks for the next batch.
  ///
  /// Throws   InvalidArgument if SEQFEAT_SIMD is an unknown name or not available here.
  [[nodiscard]] static Backend cpu(std::shared_ptr<MemoryResource> memory = nullptr);

  /// The CUDA device `ordinal`; `memory` overrides its stream-ordered pool.
  ///
  /// Throws   DeviceUnavailable saying whether driver, device or kernel image is missing, or that
  ///          this build has no CUDA; InvalidArgument for an ordinal that does not exist.
  [[nodiscard]] static Backend cuda(int ordinal = 0,
                                    std::shared_ptr<MemoryResource> memory = nullptr);

  /// The first CUDA device, or the CPU where there is none.
  [[nodiscard]] static Backend automatic();

  /// "cpu" or "cuda".
  [[nodiscard]] std::string name() const;

  /// For people: the processor or device, its architecture, threads.
  [[nodiscard]] std::string description() const;

  /// True if tables and outputs are in a device's memory.
  [[nodiscard]] bool on_device() const noexcept;

  /// True if layers of this backend can be trained.
  [[nodiscard]] bool trains() const noexcept;

  /// The memory in which this backend's tables, workspaces and outputs live.
  [[nodiscard]] const std::shared_ptr<MemoryResource>& memory() const noexcept;

  /// Waits for all work enqueued on `stream`.
  void synchronize(Stream stream) const;

  /// Copies between host and this backend's memory, in either direction, behind the work on
  /// `stream`. Host memory must stay as it is until `synchronize`.
  void copy(void* to, const void* from, std::int64_t bytes, Stream stream) const;

  [[nodiscard]] const detail::BackendImpl& impl() const noexcept { return *impl_; }
  explicit Backend(std::shared_ptr<const detail::BackendImpl> impl) : impl_(std::move(impl)) {}

 private:
  std::shared_ptr<const detail::BackendImpl> impl_;
};

}  // namespace seqfeat
