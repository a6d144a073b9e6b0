// SPDX-License-Identifier: Apache-2.0
#include "files.hpp"

#include <seqfeat/arrow_abi.hpp>

#include <exception>
#include <utility>

namespace seqfeat::python {
namespace {

/// The name of a file, of whatever bytes, as Python has it.
nb::object name_of(const char* name) {
  PyObject* const text = PyUnicode_DecodeFSDefault(name);
  if (text == nullptr) throw nb::python_error();
  return nb::steal(text);
}

/// What an exception that is called so in seqfeat._errors says in the interface.
seqfeat_status status_of(const nb::python_error& error) {
  const nb::module_ errors = nb::module_::import_("seqfeat._errors");
  if (error.matches(errors.attr("DataError"))) return SEQFEAT_DATA_ERROR;
  if (error.matches(errors.attr("InvalidArgument"))) return SEQFEAT_INVALID_ARGUMENT;
  if (error.matches(PyExc_OSError)) return SEQFEAT_IO_ERROR;
  if (error.matches(PyExc_MemoryError)) return SEQFEAT_OUT_OF_MEMORY;
  return SEQFEAT_INTERNAL_ERROR;
}

/// Moves the stream of an object of Arrow's into `out`.
void move_stream(nb::handle object, ArrowArrayStream* out) {
  const nb::object capsule = object.attr("__arrow_c_stream__")();
  void* const found = PyCapsule_GetPointer(capsule.ptr(), "arrow_array_stream");
  if (found == nullptr) throw nb::python_error();
  auto* stream = static_cast<ArrowArrayStream*>(found);
  *out = *stream;
  stream->release = nullptr;
}

/// A tensor for Python, over memory that lives during the call.
nb::tuple tensor_of(const seqfeat_tensor& tensor) {
  const std::string dtype = tensor.dtype;
  nb::list shape;
  for (std::int64_t d = 0; d < tensor.rank; ++d) shape.append(tensor.shape[d]);
  const auto array = [&](const auto* data) {
    return numpy_array(data, {static_cast<std::size_t>(tensor.bytes) / sizeof *data}, nullptr);
  };
  nb::object flat = dtype == "F32"   ? array(static_cast<const float*>(tensor.data))
                    : dtype == "I64" ? array(static_cast<const std::int64_t*>(tensor.data))
                                     : array(static_cast<const std::uint8_t*>(tensor.data));
  return nb::make_tuple(tensor.name, dtype, flat, nb::tuple(shape));
}

}  // namespace

Helper::Helper(nb::object object) : object_(std::move(object)) {}

template <class Work>
seqfeat_status Helper::guarded(void* context, const Work& work) noexcept {
  auto& self = *static_cast<Helper*>(context);
  const nb::gil_scoped_acquire acquired;
  try {
    try {
      work(self.object_);
      return SEQFEAT_OK;
    } catch (nb::python_error& error) {
      return self.note(error);
    }
  } catch (const std::exception& error) {
    self.message_ = error.what();
    return self.status_ = SEQFEAT_INTERNAL_ERROR;
  }
}

seqfeat_error Helper::last_error(void* context) noexcept {
  const auto& self = *static_cast<const Helper*>(context);
  return {self.status_,
          self.message_.c_str(),
          self.column_.empty() ? nullptr : self.column_.c_str(),
          nullptr,
          -1,
          -1};
}

seqfeat_status Helper::note(nb::python_error& error) {
  status_ = status_of(error);
  message_ = nb::str(error.value()).c_str();
  if (status_ == SEQFEAT_INTERNAL_ERROR) message_ = error.what();
  const nb::object column = nb::getattr(error.value(), "column", nb::none());
  column_ = column.is_none() ? "" : nb::str(column).c_str();
  return status_;
}

std::string Helper::text(const char* name) const {
  const nb::object value = object_.attr(name);
  return value.is_none() ? "" : nb::str(value).c_str();
}

ArrowFiles::ArrowFiles(nb::object object) : Helper(std::move(object)) {
  if (object_.is_none()) return;
  filter_ = text("filter");
  functions_.context = static_cast<Helper*>(this);
  functions_.filter = filter_.c_str();
  functions_.last_error = last_error;
  functions_.size = [](void* context, const char* name, std::int64_t* bytes) {
    return guarded(context, [&](const nb::object& files) {
      *bytes = nb::cast<std::int64_t>(files.attr("size")(name_of(name)));
    });
  };
  functions_.open = [](void* context, const char* name, const char* format,
                       const char* const* columns, std::int64_t count, ArrowArrayStream* out) {
    return guarded(context, [&](const nb::object& files) {
      nb::list keys;
      for (std::int64_t i = 0; i < count; ++i) keys.append(nb::str(columns[i]));
      move_stream(files.attr("open")(name_of(name), format, keys), out);
    });
  };
}

PartForm::PartForm(nb::object object) : Helper(std::move(object)) {
  if (object_.is_none()) return;
  ending_ = text("ending");
  functions_.context = static_cast<Helper*>(this);
  functions_.ending = ending_.c_str();
  functions_.last_error = last_error;
  functions_.encode = [](void* context, const seqfeat_tensor* tensors, std::int64_t count,
                         void (*write)(void*, const void*, std::int64_t), void* sink) {
    return guarded(context, [&](const nb::object& form) {
      nb::list given;
      for (std::int64_t i = 0; i < count; ++i) given.append(tensor_of(tensors[i]));
      const auto bytes = nb::cast<nb::bytes>(form.attr("encode")(given));
      const char* const data = bytes.c_str();
      const auto size = static_cast<std::int64_t>(bytes.size());
      const nb::gil_scoped_release released;  // a disk may be slow
      write(sink, data, size);
    });
  };
}

}  // namespace seqfeat::python
