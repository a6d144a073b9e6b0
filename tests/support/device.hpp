// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>

#include "seqfeat/stream.hpp"

// What tests of a device need of the CUDA runtime beside the library: streams and graphs. Compiled
// for each variant; without CUDA there is no device whose test could ask.

namespace seqfeat::test {

/// A stream of its own that does not wait for the legacy default stream.
class OwnStream {
 public:
  OwnStream();
  OwnStream(const OwnStream&) = delete;
  OwnStream& operator=(const OwnStream&) = delete;
  OwnStream(OwnStream&&) = delete;
  OwnStream& operator=(OwnStream&&) = delete;
  ~OwnStream();
  [[nodiscard]] Stream stream() const noexcept { return stream_; }

 private:
  Stream stream_ = kHostStream;
};

/// What a capture forbids to others while it lasts.
enum class CaptureMode {
  thread_local_mode,  ///< To this thread: to wait, to ask and to allocate.
  global,             ///< The same to every thread; torch's default.
};

/// A graph that was captured.
struct Replay {
  std::int64_t nodes;
  std::function<void()> launch;

  void operator()() const { launch(); }
};

/// Records what `enqueue` enqueues on `stream` in a graph; the result launches it there.
[[nodiscard]] Replay captured(Stream stream, const std::function<void()>& enqueue,
                              CaptureMode mode = CaptureMode::thread_local_mode);

}  // namespace seqfeat::test
