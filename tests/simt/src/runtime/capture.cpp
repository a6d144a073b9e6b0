// SPDX-License-Identifier: Apache-2.0
#include "runtime/capture.hpp"

#include <memory>

#include "runtime/graph.hpp"

namespace simt {
namespace {

std::map<unsigned long long, std::unique_ptr<Capture>>& captures() {
  // Never destroyed: objects that outlive the other statics still ask.
  static auto& map = *new std::map<unsigned long long, std::unique_ptr<Capture>>;
  return map;
}

thread_local cudaStreamCaptureMode thread_mode = cudaStreamCaptureModeGlobal;

unsigned long long next_id() {
  static unsigned long long last = 0;
  return ++last;
}

}  // namespace

Capture::Capture(CUstream_st& origin, cudaStreamCaptureMode mode)
    : origin_(&origin), mode_(mode), thread_(std::this_thread::get_id()), id_(next_id()) {
  join(origin);
}

Capture::~Capture() {
  for (auto& [stream, progress] : progress_) stream->capture = nullptr;
}

bool Capture::forbids_unsafe_calls() const {
  if (broken_ || thread_mode == cudaStreamCaptureModeRelaxed) return false;
  const bool ours = thread_ == std::this_thread::get_id();
  if (mode_ == cudaStreamCaptureModeGlobal) {
    return ours || thread_mode == cudaStreamCaptureModeGlobal;
  }
  return mode_ == cudaStreamCaptureModeThreadLocal && ours;
}

bool Capture::belongs_to_other_thread() const {
  return mode_ != cudaStreamCaptureModeRelaxed && thread_ != std::this_thread::get_id();
}

bool Capture::all_joined() const {
  for (const auto& [stream, progress] : progress_) {
    if (stream != origin_ && progress.joined < progress.done) return false;
  }
  return true;
}

bool Capture::has_blocking_stream() const {
  for (const auto& [stream, progress] : progress_) {
    if (!(stream->flags & cudaStreamNonBlocking)) return true;
  }
  return false;
}

void Capture::join(CUstream_st& stream) {
  stream.capture = this;
  progress_[&stream];
}

void Capture::add(CUstream_st& stream, GraphNode node) {
  nodes_.push_back(std::move(node));
  ++progress_[&stream].done;
}

void Capture::note_joined(CUstream_st& stream, std::size_t position) {
  Progress& progress = progress_[&stream];
  progress.joined = std::max(progress.joined, position);
}

cudaError_t add_to_capture(CUstream_st& stream, GraphNode node) {
  if (stream.capture->broken()) return cudaErrorStreamCaptureInvalidated;
  stream.capture->add(stream, std::move(node));
  return cudaSuccess;
}

cudaError_t break_capture(Capture& capture) {
  capture.invalidate();
  return cudaErrorStreamCaptureUnsupported;
}

cudaError_t forbid_during_capture() {
  cudaError_t error = cudaSuccess;
  for (auto& [id, capture] : captures()) {
    if (capture->forbids_unsafe_calls()) error = break_capture(*capture);
  }
  return error;
}

cudaError_t forbid_implicit_dependency(cudaStream_t stream) {
  if (stream && stream != cudaStreamLegacy) return cudaSuccess;
  cudaError_t error = cudaSuccess;
  for (auto& [id, capture] : captures()) {
    if (capture->broken() || !capture->has_blocking_stream()) continue;
    capture->invalidate();
    error = cudaErrorStreamCaptureImplicit;
  }
  return error;
}

cudaError_t record_in_capture(cudaStream_t stream, cudaEvent_t event) {
  CUstream_st& source = *resolve(stream);
  if (source.capture->broken()) return cudaErrorStreamCaptureInvalidated;
  event->recorded = true;
  event->capture_id = source.capture->id();
  event->capture_stream = &source;
  event->capture_position = source.capture->position(source);
  return cudaSuccess;
}

cudaError_t wait_in_capture(cudaStream_t stream, cudaEvent_t event) {
  CUstream_st& waiting = *resolve(stream);
  if (!event->recorded) return cudaSuccess;
  const auto found = captures().find(event->capture_id);
  if (found == captures().end()) {
    if (!waiting.capture) return event->capture_id ? cudaErrorCapturedEvent : cudaSuccess;
    waiting.capture->invalidate();
    return cudaErrorStreamCaptureIsolation;
  }
  Capture& capture = *found->second;
  if (capture.broken()) return cudaErrorStreamCaptureInvalidated;
  if (waiting.capture && waiting.capture != &capture) {
    capture.invalidate();
    waiting.capture->invalidate();
    return cudaErrorStreamCaptureMerge;
  }
  if (!waiting.capture) capture.join(waiting);
  if (event->capture_stream != &waiting) {
    capture.note_joined(*event->capture_stream, event->capture_position);
    capture.add_dependency(waiting);
  }
  return cudaSuccess;
}

}  // namespace simt

using simt::api_call;

cudaError_t cudaStreamIsCapturing(cudaStream_t stream, cudaStreamCaptureStatus* status) {
  return api_call([&] {
    const CUstream_st* target = simt::resolve(stream);
    if (!target) return cudaErrorInvalidResourceHandle;
    if (!status) return cudaErrorInvalidValue;
    const simt::Capture* capture = target->capture;
    *status = !capture            ? cudaStreamCaptureStatusNone
              : capture->broken() ? cudaStreamCaptureStatusInvalidated
                                  : cudaStreamCaptureStatusActive;
    return cudaSuccess;
  });
}

cudaError_t cudaStreamBeginCapture(cudaStream_t stream, cudaStreamCaptureMode mode) {
  return api_call([&] {
    CUstream_st* target = simt::resolve(stream);
    if (!target) return cudaErrorInvalidResourceHandle;
    if (!stream || stream == cudaStreamLegacy) return cudaErrorStreamCaptureUnsupported;
    if (target->capture) return cudaErrorIllegalState;
    auto capture = std::make_unique<simt::Capture>(*target, mode);
    const unsigned long long id = capture->id();
    simt::captures().emplace(id, std::move(capture));
    return cudaSuccess;
  });
}

cudaError_t cudaStreamEndCapture(cudaStream_t stream, cudaGraph_t* graph) {
  return api_call([&] {
    const CUstream_st* target = simt::resolve(stream);
    if (!target) return cudaErrorInvalidResourceHandle;
    if (!graph) return cudaErrorInvalidValue;
    *graph = nullptr;
    if (!target->capture) return cudaErrorIllegalState;
    simt::Capture& capture = *target->capture;
    if (&capture.origin() != target) return cudaErrorStreamCaptureUnmatched;
    if (capture.belongs_to_other_thread()) return cudaErrorStreamCaptureWrongThread;
    cudaError_t error = cudaSuccess;
    if (capture.broken()) {
      error = cudaErrorStreamCaptureInvalidated;
    } else if (!capture.all_joined()) {
      error = cudaErrorStreamCaptureUnjoined;
    } else {
      *graph = simt::make_graph(capture.take_nodes());
    }
    simt::captures().erase(capture.id());
    return error;
  });
}

cudaError_t cudaThreadExchangeStreamCaptureMode(cudaStreamCaptureMode* mode) {
  return api_call([&] {
    if (!mode) return cudaErrorInvalidValue;
    std::swap(*mode, simt::thread_mode);
    return cudaSuccess;
  });
}
