// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <set>

#include "runtime/capture.hpp"
#include "runtime/runtime.hpp"

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
  streams().insert(created);
  *stream = created;
  return cudaSuccess;
}

}  // namespace

CUstream_st* resolve(cudaStream_t stream) {
  // The two default streams exist once a device, and follow the current one.
  static CUstream_st legacy[kMaxDevices], per_thread[kMaxDevices];
  if (!stream || stream == cudaStreamLegacy || stream == cudaStreamPerThread) {
    CUstream_st& chosen = (stream == cudaStreamPerThread ? per_thread : legacy)[current_device()];
    chosen.device = current_device();
    return &chosen;
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
  return target->capture ? add_to_capture(*target, {kind, target, std::move(work)}) : work();
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
    simt::streams().erase(stream);
    simt::note_full_wait(stream);
    delete stream;
    return cudaSuccess;
  });
}

cudaError_t cudaStreamSynchronize(cudaStream_t stream) {
  return api_call([&] {
    const CUstream_st* target = simt::resolve(stream);
    if (!target) return cudaErrorInvalidResourceHandle;
    if (target->capture) return simt::break_capture(*target->capture);
    simt::note_full_wait(target);
    return simt::forbid_during_capture();
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
    *device = target->device;
    return cudaSuccess;
  });
}

cudaError_t cudaStreamGetFlags(cudaStream_t stream, unsigned* flags) {
  return api_call([&] {
    const CUstream_st* target = simt::resolve(stream);
    if (!target) return cudaErrorInvalidResourceHandle;
    if (!flags) return cudaErrorInvalidValue;
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
