// SPDX-License-Identifier: Apache-2.0
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "engine.hpp"
#include "simt/builtins.hpp"

namespace simt {
namespace {

FaultHandler fault_handler = nullptr;

void note(const char* format, std::va_list arguments) {
  char message[1024];
  std::vsnprintf(message, sizeof(message), format, arguments);
  char place[96] = "";
  if (engine.work) {
    std::snprintf(place, sizeof(place), " [block (%u,%u,%u), thread %d]", blockIdx.x, blockIdx.y,
                  blockIdx.z, engine.current ? engine.current->rank : -1);
  }
  if (!fault_handler || !engine.work) {
    std::fflush(stdout);
    std::fprintf(stderr, "simt: %s%s\n", message, place);
    std::abort();
  }
  engine.failed = true;
  engine.failure = std::string(message) + place;
  engine.failure_code = cudaErrorLaunchFailure;
}

}  // namespace

FaultHandler set_fault_handler(FaultHandler handler) {
  return std::exchange(fault_handler, handler);
}

void fail(const char* format, ...) {
  std::va_list arguments;
  va_start(arguments, format);
  note(format, arguments);
  va_end(arguments);
  if (!engine.current) std::abort();  // between lanes there is no kernel to leave: our own defect
  abandon_kernel();
}

void record_failure(const char* format, ...) {
  std::va_list arguments;
  va_start(arguments, format);
  note(format, arguments);
  va_end(arguments);
}

void trap() {
  if (!engine.current) std::abort();
  engine.failed = true;
  engine.failure.clear();  // CUDA's own way to fail: an error code, no fault of the kernel's form
  engine.failure_code = cudaErrorLaunchFailure;
  abandon_kernel();
}

void deliver_failure() {
  if (engine.failure.empty()) return;
  const std::string message = std::exchange(engine.failure, {});
  if (fault_handler) fault_handler(message.c_str());
}

}  // namespace simt
