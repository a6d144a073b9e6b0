// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <map>
#include <set>

#include "runtime/capture.hpp"
#include "runtime/runtime.hpp"
#include "runtime/work_queue.hpp"

namespace simt {
namespace {

std::set<cudaStream_t>& streams() {
  // Never destroyed: objects that outlive the other statics still ask.
  static auto& set = *new std::set<cudaStream_t>;
  return set;
}

cudaError_t create(cudaStream_t* stream, unsigned flags, int priority) {
  if (!stream || flags > cudaStreamNonBlocking) return cudaErrorInvalidValue;
  auto* created = new CUstream_st;
  created->device = current_device();
  created->flags = flags;
  created->priority = std::clamp(priority, -5, 0);
  created->queue = std::make_shared<WorkQueue>();
  streams().insert(created);
  *stream = created;
  return cudaSuccess;
}

/// One of the two default streams of the current device.
CUstream_st& default_stream(bool is_legacy) {
  // Never destroyed: objects that outlive the other statics still ask.
  static auto& made = *new std::map<std::pair<int, bool>, CUstream_st>;
  const auto [found, is_new] = made.try_emplace({current_device(), is_legacy});
  if (is_new) {
    found->second.device = current_device();
    found->second.is_legacy = is_legacy;
    found->second.queue = std::make_shared<WorkQueue>();
  }
  return found->second;
}

}  // namespace

CUstream_st* resolve(cudaStream_t stream) {
  // The two default streams exist once a device, and follow the current one.
  if (!stream || stream == cudaStreamLegacy || stream == cudaStreamPerThread) {
    return &default_stream(stream != cudaStreamPerThread);
  }
  return streams().count(stream) ? stream : nullptr;
}

cudaError_t enqueue(cudaStream_t stream, NodeKind kind, std::function<cudaError_t()> work) {
  CUstream_st* target = resolve(stream);
  if (!target) return cudaErrorInvalidResourceHandle;
  if (const cudaError_t error = forbid_implicit_dependency(stream); error != cudaSuccess) {
    return error;
  }
  if (kind != NodeKind::kernel) {
    work = [target, only = std::move(work)] {
      note_full_wait(target);
      return only();
    };
  }
  if (target->capture) return add_to_capture(*target, {kind, target, std::move(work)});
  if (is_lazy(*target)) {
    target->queue->add(std::move(work));
    return cudaSuccess;
  }
  if (target->is_legacy) {
    if (const cudaError_t error = run_all_streams(true); error != cudaSuccess) return error;
  }
  return work();
}

cudaError_t run_all_streams(bool only_blocking) {
  cudaError_t first = default_stream(false).queue->run_all();
  for (CUstream_st* stream : streams()) {
    if (only_blocking && (stream->flags & cudaStreamNonBlocking)) continue;
    const cudaError_t error = stream->queue->run_all();
    if (first == cudaSuccess) first = error;
  }
  return first;
}

}  // namespace simt

using simt::api_call;

cudaError_t cudaStreamCreate(cudaStream_t* stream) {
  return api_call([&] { return simt::create(stream, cudaStreamDefault, 0); });
}

cudaError_t cudaStreamCreateWithFlags(cudaStream_t* stream, unsigned flags) {
  return api_call([&] { return simt::create(stream, flags, 0); });
}

cudaError_t cudaStreamCreateWithPriority(cudaStream_t* stream, unsigned flags, int priority) {
  return api_call([&] { return simt::create(stream, flags, priority); });
}

cudaError_t cudaStreamDestroy(cudaStream_t stream) {
  return api_call([&] {
    if (!simt::streams().count(stream)) return cudaErrorInvalidResourceHandle;
    if (stream->capture) return simt::break_capture(*stream->capture);
    const cudaError_t error = stream->queue->run_all();
    simt::streams().erase(stream);
    simt::note_full_wait(stream);
    delete stream;
    return error;
  });
}

cudaError_t cudaStreamSynchronize(cudaStream_t stream) {
  return api_call([&] {
    const CUstream_st* target = simt::resolve(stream);
    if (!target) return cudaErrorInvalidResourceHandle;
    if (target->capture) return simt::break_capture(*target->capture);
    simt::note_full_wait(target);
    if (const cudaError_t error = simt::forbid_during_capture(); error != cudaSuccess) return error;
    return target->is_legacy ? simt::run_all_streams(true) : target->queue->run_all();
  });
}

cudaError_t cudaStreamQuery(cudaStream_t stream) {
  return cudaStreamSynchronize(stream);
}

cudaError_t cudaStreamGetDevice(cudaStream_t stream, int* device) {
  return api_call([&] {
    const CUstream_st* target = simt::resolve(stream);
    if (!target) return cudaErrorInvalidResourceHandle;
    if (!device) return cudaErrorInvalidValue;
    if (target->capture) return simt::break_capture(*target->capture);
    *device = target->device;
    return cudaSuccess;
  });
}

cudaError_t cudaStreamGetFlags(cudaStream_t stream, unsigned* flags) {
  return api_call([&] {
    const CUstream_st* target = simt::resolve(stream);
    if (!target) return cudaErrorInvalidResourceHandle;
    if (!flags) return cudaErrorInvalidValue;
    if (target->capture) return simt::break_capture(*target->capture);
    *flags = target->flags;
    return cudaSuccess;
  });
}

cudaError_t cudaStreamGetPriority(cudaStream_t stream, int* priority) {
  return api_call([&] {
    const CUstream_st* target = simt::resolve(stream);
    if (!target) return cudaErrorInvalidResourceHandle;
    if (!priority) return cudaErrorInvalidValue;
    *priority = target->priority;
    return cudaSuccess;
  });
}

cudaError_t cudaLaunchHostFunc(cudaStream_t stream, cudaHostFn_t function, void* argument) {
  return api_call([&] {
    if (!function) return cudaErrorInvalidValue;
    return simt::enqueue(stream, simt::NodeKind::host, [=] {
      function(argument);
      return cudaSuccess;
    });
  });
}
