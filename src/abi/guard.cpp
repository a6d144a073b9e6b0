// SPDX-License-Identifier: Apache-2.0
#include "abi/guard.hpp"

#include <new>
#include <string>
#include <utility>

#include "seqfeat/version.hpp"

namespace seqfeat::abi {
namespace {

/// The last error of a thread. `fallback` stands for a message that found no memory.
struct LastError {
  seqfeat_status status = SEQFEAT_OK;
  std::string message;
  DataPlace place;
  const char* fallback = nullptr;
};

LastError& last_error() noexcept {
  thread_local LastError error;
  return error;
}

seqfeat_status note(seqfeat_status status, const char* message, DataPlace place = {}) noexcept {
  LastError& last = last_error();
  last.status = status;
  last.fallback = nullptr;
  last.place = std::move(place);
  try {
    last.message = message;
  } catch (...) {
    last.fallback = "out of memory";
  }
  return status;
}

seqfeat_status note_data_error(const DataError& error) noexcept {
  try {
    return note(SEQFEAT_DATA_ERROR, error.what(), error.place());
  } catch (...) {
    return note(SEQFEAT_DATA_ERROR, error.what());
  }
}

}  // namespace

seqfeat_status note_exception() noexcept {
  try {
    throw;
  } catch (const InvalidArgument& error) {
    return note(SEQFEAT_INVALID_ARGUMENT, error.what());
  } catch (const DataError& error) {
    return note_data_error(error);
  } catch (const OutOfMemory& error) {
    return note(SEQFEAT_OUT_OF_MEMORY, error.what());
  } catch (const DeviceUnavailable& error) {
    return note(SEQFEAT_DEVICE_UNAVAILABLE, error.what());
  } catch (const CudaError& error) {
    return note(SEQFEAT_CUDA_ERROR, error.what());
  } catch (const IoError& error) {
    return note(SEQFEAT_IO_ERROR, error.what());
  } catch (const std::bad_alloc&) {
    return note(SEQFEAT_OUT_OF_MEMORY, "out of memory");
  } catch (const std::exception& error) {
    return note(SEQFEAT_INTERNAL_ERROR, error.what());
  } catch (...) {
    return note(SEQFEAT_INTERNAL_ERROR, "an exception of an unknown type");
  }
}

}  // namespace seqfeat::abi

seqfeat_error seqfeat_last_error(void) {
  const auto& last = seqfeat::abi::last_error();
  const auto text = [](const std::optional<std::string>& s) { return s ? s->c_str() : nullptr; };
  return {last.status,
          last.fallback != nullptr ? last.fallback : last.message.c_str(),
          text(last.place.column),
          text(last.place.file),
          last.place.row.value_or(-1),
          last.place.record.value_or(-1)};
}

int32_t seqfeat_abi_version(void) {
  return SEQFEAT_ABI_VERSION;
}

const char* seqfeat_version(void) {
  return seqfeat::kVersion;
}
