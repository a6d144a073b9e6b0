// SPDX-License-Identifier: Apache-2.0
// Arrow memory in and out, through the capsules of its PyCapsule interface.
#include <seqfeat/arrow_abi.hpp>

#include <cstdlib>
#include <utility>
#include <vector>

#include "core.hpp"

namespace seqfeat::python {
namespace {

template <class Struct>
Struct* in_capsule(nb::handle capsule, const char* name) {
  void* const found = PyCapsule_GetPointer(capsule.ptr(), name);
  if (found == nullptr) throw nb::python_error();
  return static_cast<Struct*>(found);
}

/// A table or column of anything that has __arrow_c_stream__ or __arrow_c_array__.
struct Arrow {
  std::shared_ptr<seqfeat_arrow> handle;

  explicit Arrow(nb::handle object) {
    seqfeat_arrow* arrow = nullptr;
    if (nb::hasattr(object, "__arrow_c_stream__")) {
      const nb::object capsule = object.attr("__arrow_c_stream__")();
      auto* stream = in_capsule<ArrowArrayStream>(capsule, "arrow_array_stream");
      without_gil([&] { return seqfeat_arrow_from_stream(stream, &arrow); });
    } else {
      const nb::object pair = object.attr("__arrow_c_array__")();
      auto* schema = in_capsule<ArrowSchema>(nb::object(pair[0]), "arrow_schema");
      auto* array = in_capsule<ArrowArray>(nb::object(pair[1]), "arrow_array");
      without_gil([&] { return seqfeat_arrow_from_array(schema, array, &arrow); });
    }
    handle = {arrow, seqfeat_arrow_free};
  }

  /// The names of the columns; None for a single column without one.
  [[nodiscard]] nb::object keys() const {
    const std::int64_t count = seqfeat_arrow_key_count(handle.get());
    if (count < 0) return nb::none();
    nb::list keys;
    for (std::int64_t i = 0; i < count; ++i) {
      keys.append(nb::str(seqfeat_arrow_key(handle.get(), i)));
    }
    return keys;
  }

  [[nodiscard]] static Ragged take(seqfeat_ragged* ragged) {
    const Owner owner(ragged, [](const void* p) {
      seqfeat_ragged_free(static_cast<seqfeat_ragged*>(const_cast<void*>(p)));
    });
    return {owner, seqfeat_ragged_get(ragged), true};  // Arrow memory is immutable
  }

  /// (batch, depth) of a column.
  [[nodiscard]] nb::tuple column(const std::string& key, const std::string& of_nulls) const {
    const seqfeat_dtype dtype = dtype_of(of_nulls.c_str());
    seqfeat_ragged* ragged = nullptr;
    std::int32_t depth = 0;
    without_gil(
        [&] { return seqfeat_arrow_column(handle.get(), key.c_str(), dtype, &ragged, &depth); });
    return nb::make_tuple(take(ragged), depth);
  }

  /// (indices, entries, depth) of a column in a dictionary; None for any other.
  [[nodiscard]] nb::object dictionary(const std::string& key) const {
    seqfeat_ragged* indices = nullptr;
    seqfeat_ragged* entries = nullptr;
    std::int32_t depth = 0;
    without_gil([&] {
      return seqfeat_arrow_dictionary(handle.get(), key.c_str(), &indices, &entries, &depth);
    });
    if (indices == nullptr) return nb::none();
    return nb::make_tuple(take(indices), take(entries), depth);
  }
};

/// The numbers of `entries` at `indices`, in the rows and steps of those.
Ragged gathered(const Ragged& indices, const Ragged& entries) {
  const auto count = static_cast<std::size_t>(indices.view.values.count);
  auto numbers = std::make_shared<std::vector<std::int64_t>>(count);
  {
    const nb::gil_scoped_release release;
    const auto* from = static_cast<const std::int64_t*>(entries.view.values.data);
    const auto* at = static_cast<const std::int64_t*>(indices.view.values.data);
    for (std::size_t i = 0; i < count; ++i) (*numbers)[i] = from[at[i]];
  }
  Ragged out{std::make_shared<std::pair<Owner, Owner>>(indices.owner, numbers), indices.view};
  out.view.values.data = numbers->data();
  out.view.values.dtype = entries.view.values.dtype;
  return out;
}

/// A capsule around a struct of ours. Who takes the struct out of it sets `release` to null.
template <class Struct>
nb::object capsule_of(Struct* given, const char* name, PyCapsule_Destructor destroy) {
  PyObject* const capsule = PyCapsule_New(given, name, destroy);
  if (capsule == nullptr) throw nb::python_error();
  return nb::steal(capsule);
}

void destroy_schema(PyObject* capsule) noexcept {
  auto* schema = static_cast<ArrowSchema*>(PyCapsule_GetPointer(capsule, "arrow_schema"));
  if (schema->release != nullptr) schema->release(schema);
  delete schema;
}

void destroy_array(PyObject* capsule) noexcept {
  auto* array = static_cast<ArrowArray*>(PyCapsule_GetPointer(capsule, "arrow_array"));
  if (array->release != nullptr) array->release(array);
  delete array;
}

/// (schema, array) capsules of a batch.
nb::tuple to_arrow(const Ragged& ragged) {
  const nb::object schema = capsule_of(new ArrowSchema{}, "arrow_schema", destroy_schema);
  const nb::object array = capsule_of(new ArrowArray{}, "arrow_array", destroy_array);
  auto* owner = new Owner(ragged.owner);
  const auto drop = [](void* p) { delete static_cast<Owner*>(p); };
  check(seqfeat_arrow_export(&ragged.view, owner, drop,
                             in_capsule<ArrowSchema>(schema, "arrow_schema"),
                             in_capsule<ArrowArray>(array, "arrow_array")));
  return nb::make_tuple(schema, array);
}

}  // namespace

void bind_arrow(nb::module_& module) {
  using namespace nb::literals;
  nb::class_<Arrow>(module, "Arrow", "A table or column of Arrow memory.")
      .def(nb::init<nb::handle>(), "object"_a)
      .def_prop_ro("keys", &Arrow::keys)
      .def("column", &Arrow::column, "key"_a, "of_nulls"_a)
      .def("dictionary", &Arrow::dictionary, "key"_a);
  module.def("gathered", gathered, "indices"_a, "entries"_a);
  module.def("to_arrow", to_arrow, "ragged"_a);
}

}  // namespace seqfeat::python
