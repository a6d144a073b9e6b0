// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <functional>

#include "runtime/runtime.hpp"

// What streams leave lying while they are lazy (set_lazy_streams in simt/control.hpp).

namespace simt {

/// The work of one stream, in its order.
class WorkQueue {
 public:
  void add(std::function<cudaError_t()> work) { work_.push_back(std::move(work)); }
  /// How much was added since the stream began: where the next piece will stand.
  [[nodiscard]] std::uint64_t added() const { return done_ + work_.size(); }
  /// Runs all that stands before `position`. Returns the first error.
  cudaError_t run_until(std::uint64_t position);
  cudaError_t run_all() { return run_until(added()); }

 private:
  std::deque<std::function<cudaError_t()>> work_;
  std::uint64_t done_ = 0;
};

/// True if work that is enqueued on `stream` now is left lying.
bool is_lazy(const CUstream_st& stream);
/// Runs what all streams have left lying; or only those that wait for the legacy stream.
cudaError_t run_all_streams(bool only_blocking = false);

}  // namespace simt
