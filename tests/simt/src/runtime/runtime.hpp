// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>

#include <cuda_runtime_api.h>  // the emulator's, or the toolkit's

#include "runtime/machine.hpp"

// What the parts of the emulated runtime know of each other.

namespace simt {

// error.cpp
/// Makes `error` the thread's last error, unless it is success.
cudaError_t report(cudaError_t error);

// device.cpp
inline constexpr int kMaxDevices = 8;
inline constexpr std::size_t kDefaultDynamicBytes = 48 * 1024;
inline constexpr std::size_t kMaxDynamicSharedBytes = 227 * 1024;
int device_count();
int current_device();
/// The error that a failed kernel left behind; every call returns it until cudaDeviceReset().
cudaError_t sticky_error();
void set_sticky_error(cudaError_t error);
/// One lock for the whole runtime, held while a kernel runs: so one kernel runs at a time.
std::recursive_mutex& runtime_lock();

/// The frame of every call: device and sticky error first, then `body`, its result noted.
template <class Body>
cudaError_t api_call(Body body) {
  forbid_inside_kernel();
  const std::lock_guard lock(runtime_lock());
  if (const cudaError_t error = sticky_error(); error != cudaSuccess) return error;
  if (device_count() == 0) return report(cudaErrorNoDevice);
  return report(body());
}

// allocations.cpp
enum class MemoryKind { device, pinned, registered, symbol };

struct Allocation {
  std::uintptr_t begin = 0;
  std::size_t bytes = 0;
  MemoryKind kind = MemoryKind::device;
  int device = 0;
  cudaMemPool_t pool = nullptr;
};

/// The allocation that holds `pointer`, or null.
const Allocation* find_allocation(const void* pointer);
cudaError_t allocate(void** pointer, std::size_t bytes, MemoryKind kind, int device,
                     cudaMemPool_t pool);
/// Frees the allocation that begins at `pointer` if its kind is `kind`.
cudaError_t deallocate(void* pointer, MemoryKind kind, cudaError_t if_unknown);
void register_range(const void* pointer, std::size_t bytes, MemoryKind kind, int device);
std::size_t memory_limit();

// memory_pool.cpp
void note_pool_use(cudaMemPool_t pool, std::size_t bytes, bool allocated);

// copy.cpp
cudaError_t check_range(const void* pointer, std::size_t bytes, bool on_device, bool on_host);

// stream.cpp, capture.cpp (see also capture.hpp)
class Capture;
class WorkQueue;

enum class NodeKind { kernel, copy, set, host, graph };

struct GraphNode {
  NodeKind kind;
  const CUstream_st* stream;  // which it was captured from
  std::function<cudaError_t()> work;
};

/// Runs `work` now, leaves it lying, or adds it to the graph that `stream` is being captured into.
cudaError_t enqueue(cudaStream_t stream, NodeKind kind, std::function<cudaError_t()> work);
/// The stream behind a handle, or null for a handle that is not alive.
CUstream_st* resolve(cudaStream_t stream);
/// cudaSuccess, or the error (and the broken captures) of a call that capture does not allow.
cudaError_t forbid_during_capture();
/// The error of a use of the legacy stream while a stream that it waits for is captured.
cudaError_t forbid_implicit_dependency(cudaStream_t stream);

}  // namespace simt

struct CUstream_st {
  int device = 0;
  unsigned flags = 0;
  int priority = 0;
  bool is_legacy = false;
  simt::Capture* capture = nullptr;
  std::shared_ptr<simt::WorkQueue> queue;  // made by stream.cpp; events share it
};

struct CUevent_st {
  int device = 0;
  unsigned flags = 0;
  bool recorded = false;
  std::int64_t nanoseconds = 0;
  // Where it stands in the queue of the stream that it was recorded in.
  std::shared_ptr<simt::WorkQueue> queue;
  std::uint64_t queue_position = 0;
  // Where it stands in a capture; 0 is none.
  unsigned long long capture_id = 0;
  CUstream_st* capture_stream = nullptr;
  std::size_t capture_position = 0;
};
