// SPDX-License-Identifier: Apache-2.0
#include "tests/xla/fake_xla.hpp"

#include <memory>
#include <utility>

/// As XLA has them: nobody else looks inside.
struct seqfeat::xla::Error {
  std::string message;
};
struct seqfeat::xla::ExecutionContext {
  seqfeat::test::FakeXla* call;
  seqfeat::Stream stream;
};

namespace seqfeat::test {
namespace {

xla::Error* create_error(xla::CreateError* arguments) {
  return new xla::Error{std::to_string(static_cast<unsigned>(arguments->code)) + ": " +
                        arguments->message};
}

void get_error_message(xla::GetErrorMessage* arguments) {
  arguments->message = arguments->error->message.c_str();
}

void destroy_error(xla::DestroyError* arguments) {
  delete arguments->error;
}

xla::Error* get_stream(xla::GetStream* arguments) {
  if (!arguments->context->call->knows_its_stream) return new xla::Error{"it has none"};
  arguments->stream = arguments->context->stream.handle();
  return nullptr;
}

xla::Error* get_device_ordinal(xla::GetDeviceOrdinal* arguments) {
  arguments->device_ordinal = 0;
  return nullptr;
}

}  // namespace

FakeXla::FakeXla(Stream stream) : stream_(stream) {
  api.struct_size = sizeof(xla::Api);
  api.version = {sizeof(xla::ApiVersion), nullptr, 0, xla::kMinorVersion};
  api.create_error = &create_error;
  api.get_error_message = &get_error_message;
  api.destroy_error = &destroy_error;
  api.get_stream = &get_stream;
  api.get_device_ordinal = &get_device_ordinal;
}

void FakeXla::add(std::deque<Array>& arrays, xla::ElementType type, void* data,
                  std::vector<std::int64_t> dims) {
  Array& array = arrays.emplace_back();
  array.dims = std::move(dims);
  array.buffer = {
      sizeof(xla::FfiBuffer), nullptr, type, data, static_cast<std::int64_t>(array.dims.size()),
      array.dims.data()};
}

void FakeXla::argument(xla::ElementType type, const void* data, std::vector<std::int64_t> dims) {
  add(arguments_, type, const_cast<void*>(data), std::move(dims));
}

void FakeXla::result(xla::ElementType type, void* data, std::vector<std::int64_t> dims) {
  add(results_, type, data, std::move(dims));
}

void FakeXla::attribute(std::string name, std::int64_t value) {
  attributes_.push_back({std::move(name), "", value, xla::kScalarKind});
}

void FakeXla::attribute(std::string name, std::string value) {
  attributes_.push_back({std::move(name), std::move(value), 0, xla::kStringKind});
}

std::string FakeXla::call(Handler handler) {
  const auto buffers = [](std::deque<Array>& arrays, std::vector<std::uint32_t>& kinds,
                          std::vector<void*>& values) {
    for (Array& array : arrays) {
      kinds.push_back(xla::kBufferKind);
      values.push_back(&array.buffer);
    }
    return xla::Buffers{sizeof(xla::Buffers), nullptr, static_cast<std::int64_t>(values.size()),
                        kinds.data(), values.data()};
  };
  std::vector<std::uint32_t> argument_kinds, result_kinds, attribute_kinds;
  std::vector<void*> argument_values, result_values, attribute_values;
  std::vector<xla::ByteSpan*> names;
  for (Attribute& attribute : attributes_) {
    attribute.name_span = {attribute.name.data(), attribute.name.size()};
    attribute.text_span = {attribute.text.data(), attribute.text.size()};
    attribute.scalar = {xla::ElementType::int64, &attribute.number};
    names.push_back(&attribute.name_span);
    attribute_kinds.push_back(attribute.kind);
    const bool text = attribute.kind == xla::kStringKind;
    attribute_values.push_back(text ? static_cast<void*>(&attribute.text_span)
                                    : static_cast<void*>(&attribute.scalar));
  }
  xla::ExecutionContext context{this, stream_};
  xla::CallFrame frame{};
  frame.struct_size = sizeof frame;
  frame.api = &api;
  frame.context = &context;
  frame.stage = stage;
  frame.arguments = buffers(arguments_, argument_kinds, argument_values);
  frame.results = buffers(results_, result_kinds, result_values);
  frame.attributes = {
      sizeof(xla::Attributes), nullptr,      static_cast<std::int64_t>(names.size()),
      attribute_kinds.data(),  names.data(), attribute_values.data()};
  const std::unique_ptr<xla::Error> error(
      reinterpret_cast<xla::Error*>(handler(reinterpret_cast<XLA_FFI_CallFrame*>(&frame))));
  return error == nullptr ? "" : error->message;
}

xla::Metadata FakeXla::metadata(Handler handler, int minor_version) {
  FakeXla fake;
  fake.api.version.minor_version = minor_version;
  xla::Metadata metadata{sizeof metadata, {}, 77, 77};
  xla::MetadataExtension extension{{sizeof extension, xla::kMetadataExtension, nullptr}, &metadata};
  xla::CallFrame frame{};
  frame.struct_size = sizeof frame;
  frame.api = &fake.api;
  frame.extensions = &extension.base;
  handler(reinterpret_cast<XLA_FFI_CallFrame*>(&frame));
  return metadata;
}

}  // namespace seqfeat::test
