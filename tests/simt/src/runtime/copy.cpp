// SPDX-License-Identifier: Apache-2.0
#include <cstring>

#include "runtime/runtime.hpp"

namespace simt {
namespace {

bool from_device(cudaMemcpyKind kind) {
  return kind == cudaMemcpyDeviceToHost || kind == cudaMemcpyDeviceToDevice;
}
bool to_device(cudaMemcpyKind kind) {
  return kind == cudaMemcpyHostToDevice || kind == cudaMemcpyDeviceToDevice;
}

/// A rectangle of bytes; height 1 is a plain copy.
struct Copy {
  void* to;
  std::size_t to_pitch;
  const void* from;
  std::size_t from_pitch;
  std::size_t width;
  std::size_t height;
  cudaMemcpyKind kind;
};

cudaError_t check(const Copy& c) {
  if (c.kind < cudaMemcpyHostToHost || c.kind > cudaMemcpyDefault) {
    return cudaErrorInvalidMemcpyDirection;
  }
  if (c.height > 1 && (c.width > c.to_pitch || c.width > c.from_pitch)) {
    return cudaErrorInvalidPitchValue;
  }
  const bool any = c.kind == cudaMemcpyDefault;
  const std::size_t to_bytes = (c.height - 1) * c.to_pitch + c.width;
  const std::size_t from_bytes = (c.height - 1) * c.from_pitch + c.width;
  const cudaError_t error =
      check_range(c.to, to_bytes, any || to_device(c.kind), any || !to_device(c.kind));
  return error != cudaSuccess ? error
                              : check_range(c.from, from_bytes, any || from_device(c.kind),
                                            any || !from_device(c.kind));
}

cudaError_t copy_now(const Copy& c) {
  // Checked again: a graph may be launched after its memory was freed.
  if (const cudaError_t error = check(c); error != cudaSuccess) return error;
  for (std::size_t row = 0; row < c.height; ++row) {
    std::memcpy(static_cast<char*>(c.to) + row * c.to_pitch,
                static_cast<const char*>(c.from) + row * c.from_pitch, c.width);
  }
  return cudaSuccess;
}

cudaError_t copy_async(const Copy& c, cudaStream_t stream) {
  if (!resolve(stream)) return cudaErrorInvalidResourceHandle;
  if (c.width == 0 || c.height == 0) return cudaSuccess;
  if (const cudaError_t error = check(c); error != cudaSuccess) return error;
  return enqueue(stream, NodeKind::copy, [c] { return copy_now(c); });
}

cudaError_t copy_waiting(const Copy& c) {
  if (const cudaError_t error = forbid_during_capture(); error != cudaSuccess) return error;
  return copy_async(c, nullptr);
}

cudaError_t set_async(void* pointer, int value, std::size_t bytes, cudaStream_t stream) {
  if (!resolve(stream)) return cudaErrorInvalidResourceHandle;
  if (bytes == 0) return cudaSuccess;
  const auto set_now = [=] {
    const cudaError_t error = check_range(pointer, bytes, true, false);
    if (error == cudaSuccess) std::memset(pointer, value, bytes);
    return error;
  };
  if (const cudaError_t error = check_range(pointer, bytes, true, false); error != cudaSuccess) {
    return error;
  }
  return enqueue(stream, NodeKind::set, set_now);
}

}  // namespace

cudaError_t check_range(const void* pointer, std::size_t bytes, bool on_device, bool on_host) {
  if (!pointer) return cudaErrorInvalidValue;
  const Allocation* found = find_allocation(pointer);
  if (!found) return on_host ? cudaSuccess : cudaErrorInvalidValue;
  const bool device_only = found->kind == MemoryKind::device || found->kind == MemoryKind::symbol;
  if (device_only && !on_device) return cudaErrorInvalidValue;
  const std::size_t offset = reinterpret_cast<std::uintptr_t>(pointer) - found->begin;
  return bytes <= found->bytes - offset ? cudaSuccess : cudaErrorInvalidValue;
}

cudaError_t symbol_address(void** address, const void* symbol, std::size_t bytes) {
  return api_call([&] {
    if (!address) return cudaErrorInvalidValue;
    register_range(symbol, bytes, MemoryKind::symbol, current_device());
    *address = const_cast<void*>(symbol);
    return cudaSuccess;
  });
}

cudaError_t copy_to_symbol(void* symbol, std::size_t symbol_bytes, const void* from,
                           std::size_t bytes, std::size_t offset, cudaMemcpyKind kind,
                           cudaStream_t stream) {
  return api_call([&] {
    if (offset > symbol_bytes || bytes > symbol_bytes - offset) return cudaErrorInvalidValue;
    register_range(symbol, symbol_bytes, MemoryKind::symbol, current_device());
    return copy_async({static_cast<char*>(symbol) + offset, bytes, from, bytes, bytes, 1, kind},
                      stream);
  });
}

cudaError_t copy_from_symbol(void* to, const void* symbol, std::size_t symbol_bytes,
                             std::size_t bytes, std::size_t offset, cudaMemcpyKind kind,
                             cudaStream_t stream) {
  return api_call([&] {
    if (offset > symbol_bytes || bytes > symbol_bytes - offset) return cudaErrorInvalidValue;
    register_range(symbol, symbol_bytes, MemoryKind::symbol, current_device());
    return copy_async({to, bytes, static_cast<const char*>(symbol) + offset, bytes, bytes, 1, kind},
                      stream);
  });
}

}  // namespace simt

using simt::api_call;

cudaError_t cudaMemcpy(void* to, const void* from, std::size_t bytes, cudaMemcpyKind kind) {
  return api_call([&] { return simt::copy_waiting({to, bytes, from, bytes, bytes, 1, kind}); });
}

cudaError_t cudaMemcpyAsync(void* to, const void* from, std::size_t bytes, cudaMemcpyKind kind,
                            cudaStream_t stream) {
  return api_call([&] {
    return simt::copy_async({to, bytes, from, bytes, bytes, 1, kind}, stream);
  });
}

cudaError_t cudaMemcpy2D(void* to, std::size_t to_pitch, const void* from, std::size_t from_pitch,
                         std::size_t width, std::size_t height, cudaMemcpyKind kind) {
  return api_call([&] {
    return simt::copy_waiting({to, to_pitch, from, from_pitch, width, height, kind});
  });
}

cudaError_t cudaMemcpy2DAsync(void* to, std::size_t to_pitch, const void* from,
                              std::size_t from_pitch, std::size_t width, std::size_t height,
                              cudaMemcpyKind kind, cudaStream_t stream) {
  return api_call([&] {
    return simt::copy_async({to, to_pitch, from, from_pitch, width, height, kind}, stream);
  });
}

cudaError_t cudaMemcpyPeer(void* to, int, const void* from, int, std::size_t bytes) {
  return cudaMemcpy(to, from, bytes, cudaMemcpyDeviceToDevice);
}

cudaError_t cudaMemcpyPeerAsync(void* to, int, const void* from, int, std::size_t bytes,
                                cudaStream_t stream) {
  return cudaMemcpyAsync(to, from, bytes, cudaMemcpyDeviceToDevice, stream);
}

cudaError_t cudaMemset(void* pointer, int value, std::size_t bytes) {
  return api_call([&] {
    if (const cudaError_t error = simt::forbid_during_capture(); error != cudaSuccess) return error;
    return simt::set_async(pointer, value, bytes, nullptr);
  });
}

cudaError_t cudaMemsetAsync(void* pointer, int value, std::size_t bytes, cudaStream_t stream) {
  return api_call([&] { return simt::set_async(pointer, value, bytes, stream); });
}
