// SPDX-License-Identifier: Apache-2.0
// What the files of `_core` share. `_core` is the C interface (seqfeat/seqfeat.h) as Python
// objects; the package around it, python/seqfeat, has the names that users know.
#pragma once

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>
#include <seqfeat/seqfeat.h>

#include <cstdint>
#include <memory>
#include <string>

namespace seqfeat::python {

namespace nb = nanobind;

/// Raises the Python exception of a status that is not SEQFEAT_OK. Needs the GIL, and the thread
/// that got the status.
void check(seqfeat_status status);

/// Raises an exception of seqfeat._errors by its name. `column` may be null, `row` -1.
[[noreturn]] void raise(const char* name, const std::string& message, const char* column = nullptr,
                        std::int64_t row = -1);

/// Calls `work`, which returns a status, without the GIL.
template <class Work>
void without_gil(const Work& work) {
  seqfeat_status status = SEQFEAT_OK;
  {
    const nb::gil_scoped_release release;
    status = work();
  }
  check(status);
}

/// Memory that somebody keeps alive. Handles of the C interface, Python objects and memory of our
/// own all become one of these.
using Owner = std::shared_ptr<const void>;

/// Keeps a Python object alive; it may be dropped on any thread, with or without the GIL.
[[nodiscard]] Owner keep(nb::object object);

/// A ragged batch on the host.
struct Ragged {
  Owner owner;
  seqfeat_ragged_view view;
  bool read_only = false;  ///< the values are memory of others that nobody may write

  [[nodiscard]] std::int64_t rows() const noexcept {
    return view.row_offsets.count > 0 ? view.row_offsets.count - 1 : 0;
  }
  [[nodiscard]] bool nested() const noexcept {
    return view.step_offsets.data != nullptr || per_step() != 1;
  }
  /// Values of every step where there are no step offsets.
  [[nodiscard]] std::int64_t per_step() const noexcept {
    return view.values_per_step == 0 ? 1 : view.values_per_step;
  }
};

/// An offset of either width.
[[nodiscard]] inline std::int64_t at(const seqfeat_offsets& offsets, std::int64_t i) noexcept {
  return offsets.wide != 0 ? static_cast<const std::int64_t*>(offsets.data)[i]
                           : static_cast<const std::int32_t*>(offsets.data)[i];
}

/// "string", "int8" … by number, and the number by name; raises InvalidArgument for another name.
[[nodiscard]] const char* dtype_name(seqfeat_dtype dtype) noexcept;
[[nodiscard]] seqfeat_dtype dtype_of(const char* name);
[[nodiscard]] std::int64_t dtype_bytes(seqfeat_dtype dtype) noexcept;
/// Floats, whose values are numbers and no tokens.
[[nodiscard]] inline bool is_float(seqfeat_dtype dtype) noexcept {
  return dtype == SEQFEAT_DTYPE_FLOAT32 || dtype == SEQFEAT_DTYPE_FLOAT64;
}

/// A numpy array over memory of `owner`; read-only for a const T, which the caller names.
template <class T>
[[nodiscard]] nb::object numpy_array(const T* data, std::initializer_list<std::size_t> shape,
                                     const Owner& owner) {
  static T nothing{};  // a null pointer would become an array of another kind
  auto* held = new Owner(owner);
  nb::capsule capsule(held, [](void* p) noexcept { delete static_cast<Owner*>(p); });
  T* pointer = data != nullptr ? const_cast<T*>(data) : &nothing;
  return nb::ndarray<nb::numpy, T>(pointer, shape, capsule).cast();
}

/// Reads the rows of a batch from nested lists: see lists.cpp.
///
/// `dtype` is null where the first token decides. `key` names the feature in messages.
[[nodiscard]] Ragged read_rows(nb::handle rows, const seqfeat_dtype* dtype, const char* key);

/// Reads a flat list of tokens as one row; None is a hole.
[[nodiscard]] Ragged read_tokens(nb::handle tokens, const seqfeat_dtype* dtype, const char* key);

void bind_arrays(nb::module_& module);
void bind_arrow(nb::module_& module);
void bind_ragged(nb::module_& module);
void bind_layer(nb::module_& module);
void bind_packed(nb::module_& module);
void bind_records(nb::module_& module);
void bind_run(nb::module_& module);
void bind_training(nb::module_& module);

}  // namespace seqfeat::python
