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

/// A point in a stream, for which another one can be held back.
class OwnEvent {
 public:
  OwnEvent();
  OwnEvent(const OwnEvent&) = delete;
  OwnEvent& operator=(const OwnEvent&) = delete;
  OwnEvent(OwnEvent&&) = delete;
  OwnEvent& operator=(OwnEvent&&) = delete;
  ~OwnEvent();
  void record(Stream stream);
  void hold_back(Stream stream) const;

 private:
  void* event_ = nullptr;
};

/// While it lives, streams of the emulator run nothing before something waits for it, so that a
/// missing wait gives a wrong result. Elsewhere streams are as they are.
class LazyStreams {
 public:
  LazyStreams();
  LazyStreams(const LazyStreams&) = delete;
  LazyStreams& operator=(const LazyStreams&) = delete;
  LazyStreams(LazyStreams&&) = delete;
  LazyStreams& operator=(LazyStreams&&) = delete;
  ~LazyStreams();
  /// True if a missing wait gives a wrong result every time.
  [[nodiscard]] static bool show_missing_waits() noexcept;
};

/// While it lives, the emulator's devices have room for tables of some gigabytes, whose untouched
/// pages take none of the host's. Elsewhere memory is what it is.
class LargeDevice {
 public:
  LargeDevice();
  LargeDevice(const LargeDevice&) = delete;
  LargeDevice& operator=(const LargeDevice&) = delete;
  LargeDevice(LargeDevice&&) = delete;
  LargeDevice& operator=(LargeDevice&&) = delete;
  ~LargeDevice();
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
