// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

// The part of XLA's FFI that handlers here use, as its binary interface lays it out. With
// structures of our own the library needs no file of XLA's to be built and serves every version
// whose layout is this. python/tests/with_jax/xla_layout.cpp holds them to the header of the jaxlib
// that is installed.
//
// XLA adds fields at the end of a structure and writes its size into `struct_size`: a reader looks
// at no field beyond that size.

namespace seqfeat::xla {

/// The version whose layout this is. XLA changes the first number where it moves something.
inline constexpr int kMajorVersion = 0;
inline constexpr int kMinorVersion = 3;

struct Extension {
  std::size_t struct_size;
  std::uint32_t type;
  Extension* next;
};
inline constexpr std::uint32_t kMetadataExtension = 1;

struct ApiVersion {
  std::size_t struct_size;
  Extension* extensions;
  int major_version;
  int minor_version;
};

/// Made by XLA, and freed by it when a handler returns it.
struct Error;

enum class ErrorCode : std::uint32_t {
  invalid_argument = 3,
  resource_exhausted = 8,
  failed_precondition = 9,
  internal = 13
};

struct CreateError {
  std::size_t struct_size;
  Extension* extensions;
  const char* message;  ///< Copied.
  ErrorCode code;
};

struct GetErrorMessage {
  std::size_t struct_size;
  Extension* extensions;
  Error* error;
  const char* message;  ///< Out.
};

struct DestroyError {
  std::size_t struct_size;
  Extension* extensions;
  Error* error;
};

enum class ElementType : std::uint32_t {
  boolean = 1,
  int64 = 5,
  uint8 = 6,
  uint32 = 8,
  float16 = 10,
  float32 = 11,
  bfloat16 = 16
};

/// An argument or a result: an array without gaps, its last dimension the innermost.
struct FfiBuffer {
  std::size_t struct_size;
  Extension* extensions;
  ElementType type;
  void* data;
  std::int64_t rank;
  std::int64_t* dims;
};

struct ByteSpan {
  const char* data;
  std::size_t size;
};

struct Scalar {
  ElementType type;
  void* value;
};

/// Arguments, and results likewise. All kinds of values but buffers are of later versions.
struct Buffers {
  std::size_t struct_size;
  Extension* extensions;
  std::int64_t size;
  std::uint32_t* kinds;
  void** values;
};
inline constexpr std::uint32_t kBufferKind = 1;

/// Sorted by name. A value is a Scalar or a ByteSpan, as its kind says.
struct Attributes {
  std::size_t struct_size;
  Extension* extensions;
  std::int64_t size;
  std::uint32_t* kinds;
  ByteSpan** names;
  void** values;
};
inline constexpr std::uint32_t kScalarKind = 3;
inline constexpr std::uint32_t kStringKind = 4;

struct ExecutionContext;

struct GetStream {
  std::size_t struct_size;
  Extension* extensions;
  ExecutionContext* context;
  void* stream;  ///< Out: a cudaStream_t.
};

struct GetDeviceOrdinal {
  std::size_t struct_size;
  Extension* extensions;
  ExecutionContext* context;
  std::int32_t device_ordinal;  ///< Out.
};

/// The functions of XLA that a handler may call; those that are not called here are a pointer.
struct Api {
  std::size_t struct_size;
  Extension* extensions;
  ApiVersion version;
  const void* internal_api;
  Error* (*create_error)(CreateError* arguments);
  void (*get_error_message)(GetErrorMessage* arguments);
  void (*destroy_error)(DestroyError* arguments);
  void* register_handler;
  Error* (*get_stream)(GetStream* arguments);
  void* register_type;
  void* get_execution_context;
  void* set_state;
  void* get_state;
  void* allocate_device_memory;
  void* free_device_memory;
  void* schedule_on_thread_pool;
  void* number_of_threads;
  void* create_future;
  void* set_future_available;
  void* set_future_error;
  void* get_run_id;
  Error* (*get_device_ordinal)(GetDeviceOrdinal* arguments);
};

inline constexpr std::uint32_t kExecuteStage = 3;

/// One call of a handler.
struct CallFrame {
  std::size_t struct_size;
  Extension* extensions;
  const Api* api;
  ExecutionContext* context;
  std::uint32_t stage;
  Buffers arguments;
  Buffers results;
  Attributes attributes;
};

/// What a handler tells of itself when it is called with a MetadataExtension.
struct Metadata {
  std::size_t struct_size;
  ApiVersion version;
  std::uint32_t traits;
  std::int64_t state_type_id;  ///< Of kMinorVersion and later.
};

struct MetadataExtension {
  Extension base;
  Metadata* metadata;
};

}  // namespace seqfeat::xla
