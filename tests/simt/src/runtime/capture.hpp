// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <thread>
#include <vector>

#include "runtime/runtime.hpp"

namespace simt {

/// A stream capture under way: the work recorded so far, in the order in which it was enqueued,
/// which is also the order of the replay.
class Capture {
 public:
  Capture(CUstream_st& origin, cudaStreamCaptureMode mode);
  ~Capture();  // lets all its streams go
  Capture(const Capture&) = delete;
  Capture& operator=(const Capture&) = delete;

  const CUstream_st& origin() const { return *origin_; }
  unsigned long long id() const { return id_; }
  bool broken() const { return broken_; }
  void invalidate() { broken_ = true; }

  /// Whether a call that could disturb it, made by this thread, is refused on its account.
  bool forbids_unsafe_calls() const;
  /// Whether it must be ended by the thread that began it, which is another one.
  bool belongs_to_other_thread() const;
  /// Whether all work on streams that joined has been waited for by another stream of it.
  bool all_joined() const;
  /// Whether one of its streams waits for the legacy stream.
  bool has_blocking_stream() const;

  void join(CUstream_st& stream);
  void add(CUstream_st& stream, GraphNode node);
  void add_dependency(CUstream_st& stream) { ++progress_[&stream].done; }
  std::size_t position(CUstream_st& stream) { return progress_[&stream].done; }
  void note_joined(CUstream_st& stream, std::size_t position);
  std::vector<GraphNode> take_nodes() { return std::move(nodes_); }

 private:
  /// How far a stream has got, and how far another one has waited for it.
  struct Progress {
    std::size_t done = 0;
    std::size_t joined = 0;
  };

  CUstream_st* origin_;
  cudaStreamCaptureMode mode_;
  std::thread::id thread_;
  unsigned long long id_;
  bool broken_ = false;
  std::vector<GraphNode> nodes_;
  std::map<CUstream_st*, Progress> progress_;
};

cudaError_t add_to_capture(CUstream_st& stream, GraphNode node);
/// Invalidates a capture because of a call that it does not allow; returns that call's error.
cudaError_t break_capture(Capture& capture);
cudaError_t record_in_capture(cudaStream_t stream, cudaEvent_t event);
/// Waits, inside or outside a capture; outside there is nothing to wait for.
cudaError_t wait_in_capture(cudaStream_t stream, cudaEvent_t event);

}  // namespace simt
