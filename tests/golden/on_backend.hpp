// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "seqfeat/backend.hpp"
#include "seqfeat/memory.hpp"

namespace seqfeat::golden {

/// A copy of `bytes` bytes of host memory in the backend's memory.
[[nodiscard]] inline Buffer copied_to(const Backend& backend, const void* host,
                                      std::int64_t bytes) {
  Buffer buffer(backend.memory(), bytes, kHostStream);
  if (bytes > 0) backend.copy(buffer.data(), host, bytes, kHostStream);
  return buffer;
}

/// `count` elements of the backend's memory, copied to the host behind the work on the stream.
template <class T>
[[nodiscard]] std::vector<T> copied_from(const Backend& backend, const Buffer& buffer,
                                         std::int64_t count) {
  std::vector<T> host(static_cast<std::size_t>(count));
  if (count > 0) {
    backend.copy(host.data(), buffer.data(), count * static_cast<std::int64_t>(sizeof(T)),
                 kHostStream);
  }
  backend.synchronize(kHostStream);
  return host;
}

}  // namespace seqfeat::golden
