// SPDX-License-Identifier: Apache-2.0
// Holds our structures of XLA's FFI to those of the header that jaxlib brings: jax_abi_test.py
// compiles this, and there is nothing to run.
#include <xla/ffi/api/c_api.h>

#include <cstddef>
#include <type_traits>

#include "abi/xla/ffi.hpp"

namespace {

namespace ours = seqfeat::xla;

// Both members begin at one place and have one size.
#define SAME(our_type, our_member, their_type, their_member)                                 \
  static_assert(offsetof(ours::our_type, our_member) == offsetof(their_type, their_member)); \
  static_assert(sizeof(std::declval<ours::our_type>().our_member) ==                         \
                sizeof(std::declval<their_type>().their_member))

static_assert(ours::kMajorVersion == XLA_FFI_API_MAJOR);
static_assert(ours::kMinorVersion <= XLA_FFI_API_MINOR);

SAME(Extension, struct_size, XLA_FFI_Extension_Base, struct_size);
SAME(Extension, type, XLA_FFI_Extension_Base, type);
SAME(Extension, next, XLA_FFI_Extension_Base, next);
static_assert(ours::kMetadataExtension == XLA_FFI_Extension_Metadata);

SAME(ApiVersion, struct_size, XLA_FFI_Api_Version, struct_size);
SAME(ApiVersion, extensions, XLA_FFI_Api_Version, extension_start);
SAME(ApiVersion, major_version, XLA_FFI_Api_Version, major_version);
SAME(ApiVersion, minor_version, XLA_FFI_Api_Version, minor_version);

SAME(CreateError, struct_size, XLA_FFI_Error_Create_Args, struct_size);
SAME(CreateError, extensions, XLA_FFI_Error_Create_Args, extension_start);
SAME(CreateError, message, XLA_FFI_Error_Create_Args, message);
SAME(CreateError, code, XLA_FFI_Error_Create_Args, errc);
static_assert(int(ours::ErrorCode::invalid_argument) == XLA_FFI_Error_Code_INVALID_ARGUMENT);
static_assert(int(ours::ErrorCode::resource_exhausted) == XLA_FFI_Error_Code_RESOURCE_EXHAUSTED);
static_assert(int(ours::ErrorCode::failed_precondition) == XLA_FFI_Error_Code_FAILED_PRECONDITION);
static_assert(int(ours::ErrorCode::internal) == XLA_FFI_Error_Code_INTERNAL);

SAME(GetErrorMessage, error, XLA_FFI_Error_GetMessage_Args, error);
SAME(GetErrorMessage, message, XLA_FFI_Error_GetMessage_Args, message);
SAME(DestroyError, error, XLA_FFI_Error_Destroy_Args, error);

static_assert(int(ours::ElementType::boolean) == XLA_FFI_DataType_PRED);
static_assert(int(ours::ElementType::int64) == XLA_FFI_DataType_S64);
static_assert(int(ours::ElementType::uint8) == XLA_FFI_DataType_U8);
static_assert(int(ours::ElementType::uint32) == XLA_FFI_DataType_U32);
static_assert(int(ours::ElementType::float16) == XLA_FFI_DataType_F16);
static_assert(int(ours::ElementType::float32) == XLA_FFI_DataType_F32);
static_assert(int(ours::ElementType::bfloat16) == XLA_FFI_DataType_BF16);

SAME(FfiBuffer, type, XLA_FFI_Buffer, dtype);
SAME(FfiBuffer, data, XLA_FFI_Buffer, data);
SAME(FfiBuffer, rank, XLA_FFI_Buffer, rank);
SAME(FfiBuffer, dims, XLA_FFI_Buffer, dims);
SAME(ByteSpan, data, XLA_FFI_ByteSpan, ptr);
SAME(ByteSpan, size, XLA_FFI_ByteSpan, len);
SAME(Scalar, type, XLA_FFI_Scalar, dtype);
SAME(Scalar, value, XLA_FFI_Scalar, value);

SAME(Buffers, size, XLA_FFI_Args, size);
SAME(Buffers, kinds, XLA_FFI_Args, types);
SAME(Buffers, values, XLA_FFI_Args, args);
SAME(Buffers, size, XLA_FFI_Rets, size);
SAME(Buffers, kinds, XLA_FFI_Rets, types);
SAME(Buffers, values, XLA_FFI_Rets, rets);
static_assert(sizeof(ours::Buffers) == sizeof(XLA_FFI_Args));
static_assert(sizeof(ours::Buffers) == sizeof(XLA_FFI_Rets));
static_assert(ours::kBufferKind == int{XLA_FFI_ArgType_BUFFER});
static_assert(ours::kBufferKind == int{XLA_FFI_RetType_BUFFER});
SAME(Attributes, size, XLA_FFI_Attrs, size);
SAME(Attributes, kinds, XLA_FFI_Attrs, types);
SAME(Attributes, names, XLA_FFI_Attrs, names);
SAME(Attributes, values, XLA_FFI_Attrs, attrs);
static_assert(ours::kScalarKind == int{XLA_FFI_AttrType_SCALAR});
static_assert(ours::kStringKind == int{XLA_FFI_AttrType_STRING});

SAME(GetStream, context, XLA_FFI_Stream_Get_Args, ctx);
SAME(GetStream, stream, XLA_FFI_Stream_Get_Args, stream);
SAME(GetDeviceOrdinal, context, XLA_FFI_DeviceOrdinal_Get_Args, ctx);
SAME(GetDeviceOrdinal, device_ordinal, XLA_FFI_DeviceOrdinal_Get_Args, device_ordinal);
static_assert(sizeof(ours::GetStream) == sizeof(XLA_FFI_Stream_Get_Args));
static_assert(sizeof(ours::GetDeviceOrdinal) == sizeof(XLA_FFI_DeviceOrdinal_Get_Args));

SAME(Api, struct_size, XLA_FFI_Api, struct_size);
SAME(Api, version, XLA_FFI_Api, api_version);
SAME(Api, internal_api, XLA_FFI_Api, internal_api);
SAME(Api, create_error, XLA_FFI_Api, XLA_FFI_Error_Create);
SAME(Api, get_error_message, XLA_FFI_Api, XLA_FFI_Error_GetMessage);
SAME(Api, destroy_error, XLA_FFI_Api, XLA_FFI_Error_Destroy);
SAME(Api, get_stream, XLA_FFI_Api, XLA_FFI_Stream_Get);
SAME(Api, get_device_ordinal, XLA_FFI_Api, XLA_FFI_DeviceOrdinal_Get);

static_assert(ours::kExecuteStage == int{XLA_FFI_ExecutionStage_EXECUTE});
SAME(CallFrame, struct_size, XLA_FFI_CallFrame, struct_size);
SAME(CallFrame, extensions, XLA_FFI_CallFrame, extension_start);
SAME(CallFrame, api, XLA_FFI_CallFrame, api);
SAME(CallFrame, context, XLA_FFI_CallFrame, ctx);
SAME(CallFrame, stage, XLA_FFI_CallFrame, stage);
SAME(CallFrame, arguments, XLA_FFI_CallFrame, args);
SAME(CallFrame, results, XLA_FFI_CallFrame, rets);
SAME(CallFrame, attributes, XLA_FFI_CallFrame, attrs);
static_assert(sizeof(ours::CallFrame) == XLA_FFI_CallFrame_STRUCT_SIZE);

SAME(Metadata, version, XLA_FFI_Metadata, api_version);
SAME(Metadata, traits, XLA_FFI_Metadata, traits);
SAME(Metadata, state_type_id, XLA_FFI_Metadata, state_type_id);
SAME(MetadataExtension, base, XLA_FFI_Metadata_Extension, extension_base);
SAME(MetadataExtension, metadata, XLA_FFI_Metadata_Extension, metadata);

}  // namespace
