// SPDX-License-Identifier: Apache-2.0
#include "core.hpp"

namespace seqfeat::python {
namespace {

nb::object text_or_none(const char* text) {
  return text == nullptr ? nb::none() : nb::object(nb::str(text));
}

nb::object number_or_none(std::int64_t number) {
  return number < 0 ? nb::none() : nb::object(nb::int_(number));
}

[[noreturn]] void raise_with(const char* name, nb::handle message, nb::dict place) {
  const nb::object type = nb::module_::import_("seqfeat._errors").attr(name);
  const nb::object error = type(message, **place);
  PyErr_SetObject(type.ptr(), error.ptr());
  throw nb::python_error();
}

/// Messages are UTF-8 as far as names in them are; a byte that is not becomes a replacement.
nb::object message_of(const std::string& text) {
  return nb::steal(
      PyUnicode_DecodeUTF8(text.data(), static_cast<Py_ssize_t>(text.size()), "replace"));
}

const char* name_of(seqfeat_status status) {
  switch (status) {
    case SEQFEAT_INVALID_ARGUMENT:
      return "InvalidArgument";
    case SEQFEAT_DATA_ERROR:
      return "DataError";
    case SEQFEAT_OUT_OF_MEMORY:
      return "OutOfMemory";
    case SEQFEAT_DEVICE_UNAVAILABLE:
      return "DeviceUnavailable";
    case SEQFEAT_CUDA_ERROR:
      return "CudaError";
    case SEQFEAT_IO_ERROR:
      return "IoError";
    default:
      return "InternalError";
  }
}

}  // namespace

void check(seqfeat_status status) {
  if (status == SEQFEAT_OK) return;
  const seqfeat_error error = seqfeat_last_error();
  nb::dict place;
  if (status == SEQFEAT_DATA_ERROR) {
    place["column"] = text_or_none(error.column);
    place["row"] = number_or_none(error.row);
    place["file"] = text_or_none(error.file);
    place["record"] = number_or_none(error.record);
  }
  raise_with(name_of(status), message_of(error.message), place);
}

void raise(const char* name, const std::string& message, const char* column, std::int64_t row) {
  nb::dict place;
  if (std::string_view(name) == "DataError") {
    place["column"] = text_or_none(column);
    place["row"] = number_or_none(row);
  }
  raise_with(name, message_of(message), place);
}

}  // namespace seqfeat::python
