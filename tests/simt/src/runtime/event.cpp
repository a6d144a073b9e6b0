// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <chrono>
#include <set>

#include "runtime/capture.hpp"
#include "runtime/runtime.hpp"
#include "runtime/work_queue.hpp"

// Work is done as soon as it is enqueued, so every recorded event has passed; what remains is the
// order in which events were recorded, which their times keep. Of a lazy stream, asking for an
// event runs what stands before it.

namespace simt {
namespace {

std::set<cudaEvent_t>& events() {
  // Never destroyed: objects that outlive the other statics still ask.
  static auto& set = *new std::set<cudaEvent_t>;
  return set;
}

/// Nanoseconds, never twice the same.
std::int64_t next_time() {
  static std::int64_t last = 0;
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  last = std::max(last + 1, std::chrono::duration_cast<std::chrono::nanoseconds>(now).count());
  return last;
}

cudaError_t record(cudaEvent_t event, cudaStream_t stream) {
  const CUstream_st* target = resolve(stream);
  if (!target || !events().count(event)) return cudaErrorInvalidResourceHandle;
  if (target->device != event->device) return cudaErrorInvalidResourceHandle;
  if (const cudaError_t error = forbid_implicit_dependency(stream); error != cudaSuccess) {
    return error;
  }
  if (target->capture) return record_in_capture(stream, event);
  event->recorded = true;
  event->capture_id = 0;
  event->nanoseconds = next_time();
  event->queue = target->queue;
  event->queue_position = target->queue->added();
  return cudaSuccess;
}

/// Runs what stands before the event.
cudaError_t reach(const CUevent_st& event) {
  return event.queue ? event.queue->run_until(event.queue_position) : cudaSuccess;
}

cudaError_t wait_for(cudaStream_t stream, cudaEvent_t event) {
  CUstream_st* target = resolve(stream);
  if (!target || !events().count(event)) return cudaErrorInvalidResourceHandle;
  note_full_wait(target);
  if (const cudaError_t error = wait_in_capture(stream, event); error != cudaSuccess) return error;
  if (!is_lazy(*target)) return target->capture ? cudaSuccess : reach(*event);
  target->queue->add([point = *event] { return reach(point); });
  return cudaSuccess;
}

/// What both cudaEventQuery and cudaEventSynchronize answer.
cudaError_t passed(cudaEvent_t event) {
  if (!events().count(event)) return cudaErrorInvalidResourceHandle;
  if (event->capture_id) return cudaErrorCapturedEvent;
  if (const cudaError_t error = forbid_during_capture(); error != cudaSuccess) return error;
  return reach(*event);
}

bool is_timed(cudaEvent_t event) {
  return events().count(event) && event->recorded && !event->capture_id &&
         !(event->flags & cudaEventDisableTiming);
}

}  // namespace
}  // namespace simt

using simt::api_call;

cudaError_t cudaEventCreateWithFlags(cudaEvent_t* event, unsigned flags) {
  return api_call([&] {
    if (!event || flags > (cudaEventBlockingSync | cudaEventDisableTiming)) {
      return cudaErrorInvalidValue;
    }
    auto* created = new CUevent_st;
    created->device = simt::current_device();
    created->flags = flags;
    simt::events().insert(created);
    *event = created;
    return cudaSuccess;
  });
}

cudaError_t cudaEventCreate(cudaEvent_t* event) {
  return cudaEventCreateWithFlags(event, cudaEventDefault);
}

cudaError_t cudaEventDestroy(cudaEvent_t event) {
  return api_call([&] {
    if (!simt::events().erase(event)) return cudaErrorInvalidResourceHandle;
    delete event;
    return cudaSuccess;
  });
}

cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t stream) {
  return api_call([&] { return simt::record(event, stream); });
}

cudaError_t cudaEventRecordWithFlags(cudaEvent_t event, cudaStream_t stream, unsigned flags) {
  if (flags != cudaEventRecordDefault) return simt::report(cudaErrorInvalidValue);
  return cudaEventRecord(event, stream);
}

cudaError_t cudaStreamWaitEvent(cudaStream_t stream, cudaEvent_t event, unsigned) {
  return api_call([&] { return simt::wait_for(stream, event); });
}

cudaError_t cudaEventQuery(cudaEvent_t event) {
  return api_call([&] { return simt::passed(event); });
}

cudaError_t cudaEventSynchronize(cudaEvent_t event) {
  return api_call([&] { return simt::passed(event); });
}

cudaError_t cudaEventElapsedTime(float* milliseconds, cudaEvent_t start, cudaEvent_t end) {
  return api_call([&] {
    if (!milliseconds) return cudaErrorInvalidValue;
    if (!simt::is_timed(start) || !simt::is_timed(end)) return cudaErrorInvalidResourceHandle;
    *milliseconds = static_cast<float>(end->nanoseconds - start->nanoseconds) * 1e-6f;
    return cudaSuccess;
  });
}
