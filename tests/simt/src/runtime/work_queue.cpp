// SPDX-License-Identifier: Apache-2.0
#include "runtime/work_queue.hpp"

#include <cstdlib>
#include <string_view>

#include "simt/control.hpp"

namespace simt {
namespace {

bool lazy_by_environment() {
  const char* text = std::getenv("SIMT_STREAMS");
  return text != nullptr && std::string_view(text) == "lazy";
}

bool& lazy() {
  static bool value = lazy_by_environment();
  return value;
}

}  // namespace

cudaError_t WorkQueue::run_until(std::uint64_t position) {
  cudaError_t first = cudaSuccess;
  while (done_ < position && !work_.empty()) {
    const auto work = std::move(work_.front());
    work_.pop_front();
    ++done_;
    const cudaError_t error = work();
    if (first == cudaSuccess) first = error;
  }
  return first;
}

bool is_lazy(const CUstream_st& stream) {
  return lazy() && !stream.is_legacy && stream.capture == nullptr;
}

void set_lazy_streams(bool wanted) {
  const std::lock_guard lock(runtime_lock());
  lazy() = wanted;
  if (const cudaError_t error = run_all_streams(); error != cudaSuccess) set_sticky_error(error);
}

}  // namespace simt
