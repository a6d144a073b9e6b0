// SPDX-License-Identifier: Apache-2.0
#include "abi/xla/frame.hpp"

#include <algorithm>
#include <cfenv>
#include <exception>
#include <new>

#include "backend/concat.hpp"
#include "seqfeat/error.hpp"

namespace seqfeat::xla {
namespace {

using detail::concat;

const FfiBuffer& buffer_of(const Buffers& buffers, std::int64_t index, std::string_view what) {
  if (index < buffers.size && buffers.kinds[index] == kBufferKind) {
    return *static_cast<const FfiBuffer*>(buffers.values[index]);
  }
  throw InvalidArgument(
      concat(what, " ", index, ": got ", buffers.size, " ", what, "s, expected an array there"));
}

Error* error_of(const CallFrame& frame, ErrorCode code, const char* message) noexcept {
  CreateError arguments{sizeof(CreateError), nullptr, message, code};
  return frame.api->create_error(&arguments);
}

/// The exception that is being handled.
Error* error_of_exception(const CallFrame& frame) noexcept {
  try {
    throw;
  } catch (const InvalidArgument& error) {
    return error_of(frame, ErrorCode::invalid_argument, error.what());
  } catch (const DataError& error) {
    return error_of(frame, ErrorCode::invalid_argument, error.what());
  } catch (const OutOfMemory& error) {
    return error_of(frame, ErrorCode::resource_exhausted, error.what());
  } catch (const DeviceUnavailable& error) {
    return error_of(frame, ErrorCode::failed_precondition, error.what());
  } catch (const std::bad_alloc&) {
    return error_of(frame, ErrorCode::resource_exhausted, "out of memory");
  } catch (const std::exception& error) {
    return error_of(frame, ErrorCode::internal, error.what());
  } catch (...) {
    return error_of(frame, ErrorCode::internal, "an exception of an unknown type");
  }
}

/// Handlers keep no state and are not for command buffers: a call may wait, where tables moved.
void describe(const ApiVersion& theirs, Metadata& metadata) noexcept {
  metadata.version.major_version = kMajorVersion;
  metadata.version.minor_version = std::min(kMinorVersion, theirs.minor_version);
  metadata.traits = 0;
  if (theirs.minor_version >= kMinorVersion) metadata.state_type_id = 0;
}

/// XLA's threads on the CPU take denormal numbers for zeros, and threads that are made there
/// inherit that. In the scope of one of these, floats are what they are everywhere else.
class UsualFloats {
 public:
  UsualFloats() noexcept {
    std::fegetenv(&before_);
    std::fesetenv(FE_DFL_ENV);
  }
  UsualFloats(const UsualFloats&) = delete;
  UsualFloats& operator=(const UsualFloats&) = delete;
  UsualFloats(UsualFloats&&) = delete;
  UsualFloats& operator=(UsualFloats&&) = delete;
  ~UsualFloats() { std::fesetenv(&before_); }

 private:
  std::fenv_t before_;
};

}  // namespace

const FfiBuffer& Frame::argument(std::int64_t index) const {
  return buffer_of(frame_.arguments, index, "argument");
}

const FfiBuffer& Frame::result(std::int64_t index) const {
  return buffer_of(frame_.results, index, "result");
}

const void* Frame::attribute(std::string_view name, std::uint32_t kind) const {
  const Attributes& all = frame_.attributes;
  for (std::int64_t i = 0; i < all.size; ++i) {
    if (std::string_view(all.names[i]->data, all.names[i]->size) != name) continue;
    if (all.kinds[i] == kind) return all.values[i];
  }
  throw InvalidArgument(concat("attribute '", name, "': expected ",
                               kind == kStringKind ? "a string" : "an int64", ", got none"));
}

std::string_view Frame::text(std::string_view name) const {
  const auto* span = static_cast<const ByteSpan*>(attribute(name, kStringKind));
  return {span->data, span->size};
}

std::int64_t Frame::integer(std::string_view name) const {
  const auto* scalar = static_cast<const Scalar*>(attribute(name, kScalarKind));
  if (scalar->type == ElementType::int64) return *static_cast<const std::int64_t*>(scalar->value);
  throw InvalidArgument(concat("attribute '", name, "': expected an int64, got another type"));
}

void Frame::require(Error* error, std::string_view what) const {
  if (error == nullptr) return;
  GetErrorMessage message{sizeof(GetErrorMessage), nullptr, error, nullptr};
  frame_.api->get_error_message(&message);
  const std::string text = concat("XLA did not say ", what, " of the call: ", message.message);
  DestroyError destroy{sizeof(DestroyError), nullptr, error};
  frame_.api->destroy_error(&destroy);
  throw InvalidArgument(text);
}

Stream Frame::stream() const {
  GetStream arguments{sizeof(GetStream), nullptr, frame_.context, nullptr};
  require(frame_.api->get_stream(&arguments), "the stream");
  return Stream(static_cast<CUstream_st*>(arguments.stream));
}

int Frame::device_ordinal() const {
  if (frame_.api->struct_size < sizeof(Api)) {
    throw InvalidArgument(
        "XLA is too old to say on which device a call runs; use a jaxlib whose FFI has version 0.1 "
        "or later");
  }
  GetDeviceOrdinal arguments{sizeof(GetDeviceOrdinal), nullptr, frame_.context, 0};
  require(frame_.api->get_device_ordinal(&arguments), "the device");
  return arguments.device_ordinal;
}

void* elements(const FfiBuffer& buffer, std::string_view what, ElementType type,
               std::initializer_list<std::int64_t> dims) {
  const bool same = std::equal(dims.begin(), dims.end(), buffer.dims, buffer.dims + buffer.rank,
                               [](auto want, auto got) { return want < 0 || want == got; });
  if (buffer.type == type && same) return buffer.data;
  std::string got, expected;
  for (std::int64_t i = 0; i < buffer.rank; ++i) got += concat(i > 0 ? ", " : "", buffer.dims[i]);
  for (const std::int64_t dim : dims) expected += concat(expected.empty() ? "" : ", ", dim);
  throw InvalidArgument(concat(what, ": got [", got, "] of XLA's type ",
                               static_cast<std::uint32_t>(buffer.type), ", expected [", expected,
                               "] of type ", static_cast<std::uint32_t>(type)));
}

Error* handle(CallFrame* frame, void (*work)(const Frame& frame)) noexcept {
  if (frame->extensions != nullptr && frame->extensions->type == kMetadataExtension) {
    describe(frame->api->version,
             *reinterpret_cast<MetadataExtension*>(frame->extensions)->metadata);
    return nullptr;
  }
  if (frame->struct_size < sizeof(CallFrame) || frame->stage != kExecuteStage) {
    return error_of(*frame, ErrorCode::failed_precondition,
                    "seqfeat: XLA's FFI is of a version that this library does not know");
  }
  const UsualFloats usual;
  try {
    work(Frame(*frame));
    return nullptr;
  } catch (...) {
    return error_of_exception(*frame);
  }
}

}  // namespace seqfeat::xla
