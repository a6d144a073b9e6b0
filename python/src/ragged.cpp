// SPDX-License-Identifier: Apache-2.0
// Ragged batches as Python objects: from lists, to lists and arrays, hashed and padded.

#include <array>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

#include "core.hpp"

namespace seqfeat::python {
namespace {

constexpr std::array kNames{"string", "int8",   "int16",  "int32",   "int64",  "uint8",
                            "uint16", "uint32", "uint64", "float32", "float64"};

using OptionalName = std::optional<std::string>;

/// The backend for free functions: opened once, never closed.
const seqfeat_backend* cpu() {
  static seqfeat_backend* const kBackend = [] {
    seqfeat_backend* backend = nullptr;
    check(seqfeat_backend_open("cpu", nullptr, &backend));
    return backend;
  }();
  return kBackend;
}

Ragged from_rows(nb::handle rows, const OptionalName& dtype, const std::string& key) {
  const seqfeat_dtype known = dtype ? dtype_of(dtype->c_str()) : SEQFEAT_STRING;
  return read_rows(rows, dtype ? &known : nullptr, key.c_str());
}

Ragged from_tokens(nb::handle tokens, const OptionalName& dtype, const std::string& key) {
  const seqfeat_dtype known = dtype ? dtype_of(dtype->c_str()) : SEQFEAT_STRING;
  return read_tokens(tokens, dtype ? &known : nullptr, key.c_str());
}

// ---- Out again ----

/// Calls `use` with a null pointer of the C++ type of a dtype of numbers.
template <class Use>
auto with_type(seqfeat_dtype dtype, const Use& use) {
  switch (dtype) {
    case SEQFEAT_INT8:
      return use(static_cast<std::int8_t*>(nullptr));
    case SEQFEAT_INT16:
      return use(static_cast<std::int16_t*>(nullptr));
    case SEQFEAT_INT32:
      return use(static_cast<std::int32_t*>(nullptr));
    case SEQFEAT_UINT8:
      return use(static_cast<std::uint8_t*>(nullptr));
    case SEQFEAT_UINT16:
      return use(static_cast<std::uint16_t*>(nullptr));
    case SEQFEAT_UINT32:
      return use(static_cast<std::uint32_t*>(nullptr));
    case SEQFEAT_UINT64:
      return use(static_cast<std::uint64_t*>(nullptr));
    case SEQFEAT_DTYPE_FLOAT32:
      return use(static_cast<float*>(nullptr));
    case SEQFEAT_DTYPE_FLOAT64:
      return use(static_cast<double*>(nullptr));
    default:
      return use(static_cast<std::int64_t*>(nullptr));
  }
}

nb::object value_at(const Ragged& ragged, std::int64_t i) {
  const seqfeat_values& values = ragged.view.values;
  if (values.dtype == SEQFEAT_STRING) {
    const std::int64_t begin = at(values.byte_offsets, i);
    const std::int64_t size = at(values.byte_offsets, i + 1) - begin;
    return nb::steal(PyBytes_FromStringAndSize(static_cast<const char*>(values.data) + begin,
                                               static_cast<Py_ssize_t>(size)));
  }
  return with_type(values.dtype, [&]<class T>(T*) {
    T value{};
    std::memcpy(&value, static_cast<const char*>(values.data) + i * std::int64_t{sizeof(T)},
                sizeof value);
    if constexpr (std::is_floating_point_v<T>) {
      return nb::object(nb::float_(static_cast<double>(value)));
    } else {
      return nb::object(nb::int_(value));
    }
  });
}

nb::list list_of(const Ragged& ragged, std::int64_t begin, std::int64_t end) {
  nb::list list;
  for (std::int64_t i = begin; i < end; ++i) list.append(value_at(ragged, i));
  return list;
}

/// The first value of step `step`, or of the next one that has any.
std::int64_t first_value(const Ragged& ragged, std::int64_t step) noexcept {
  return ragged.view.step_offsets.data != nullptr ? at(ragged.view.step_offsets, step)
                                                  : step * ragged.per_step();
}

nb::list to_list(const Ragged& ragged) {
  nb::list rows;
  for (std::int64_t row = 0; row < ragged.rows(); ++row) {
    const std::int64_t begin = at(ragged.view.row_offsets, row);
    const std::int64_t end = at(ragged.view.row_offsets, row + 1);
    if (!ragged.nested()) {
      rows.append(list_of(ragged, begin, end));
      continue;
    }
    nb::list steps;
    for (std::int64_t step = begin; step < end; ++step) {
      steps.append(list_of(ragged, first_value(ragged, step), first_value(ragged, step + 1)));
    }
    rows.append(std::move(steps));
  }
  return rows;
}

/// Offsets as a numpy array of their own width. They were checked once, so nobody may write them.
nb::object offsets_array(const Ragged& ragged, const seqfeat_offsets& offsets) {
  const auto count = static_cast<std::size_t>(offsets.count);
  if (offsets.wide != 0) {
    return numpy_array<const std::int64_t>(static_cast<const std::int64_t*>(offsets.data), {count},
                                           ragged.owner);
  }
  return numpy_array<const std::int32_t>(static_cast<const std::int32_t*>(offsets.data), {count},
                                         ragged.owner);
}

nb::object row_offsets(const Ragged& ragged) {
  return offsets_array(ragged, ragged.view.row_offsets);
}

nb::object step_offsets(const Ragged& ragged) {
  if (ragged.view.step_offsets.data != nullptr) {
    return offsets_array(ragged, ragged.view.step_offsets);
  }
  if (ragged.per_step() == 1) return nb::none();
  const std::int64_t steps = ragged.view.values.count / ragged.per_step();
  auto each = std::make_shared<std::vector<std::int64_t>>();
  for (std::int64_t s = 0; s <= steps; ++s) each->push_back(s * ragged.per_step());
  return numpy_array<const std::int64_t>(each->data(), {each->size()}, each);
}

/// The values: a numpy array of numbers, or a list of bytes.
nb::object values_of(const Ragged& ragged) {
  const seqfeat_values& values = ragged.view.values;
  if (values.dtype == SEQFEAT_STRING) return list_of(ragged, 0, values.count);
  return with_type(values.dtype, [&]<class T>(T*) {
    const auto* data = static_cast<const T*>(values.data);
    const auto count = static_cast<std::size_t>(values.count);
    return ragged.read_only ? numpy_array<const T>(data, {count}, ragged.owner)
                            : numpy_array<T>(data, {count}, ragged.owner);
  });
}

/// The bytes of all strings and their offsets, as numpy arrays of uint8 and int64.
nb::tuple string_arrays(const Ragged& ragged) {
  const seqfeat_values& values = ragged.view.values;
  return nb::make_tuple(
      numpy_array<const std::uint8_t>(static_cast<const std::uint8_t*>(values.data),
                                      {static_cast<std::size_t>(values.bytes)}, ragged.owner),
      values.byte_offsets.count > 0 ? offsets_array(ragged, values.byte_offsets) : nb::none());
}

// ---- Hashed ----

/// Memory for `count` numbers, not filled; `what` names them where there is too little.
template <class T>
std::shared_ptr<T> allocated(std::size_t count, const std::string& what) {
  std::shared_ptr<T> memory(static_cast<T*>(std::malloc(count * sizeof(T) + 1)),
                            [](T* p) { std::free(p); });
  if (memory == nullptr) {
    raise("OutOfMemory", what + ": no memory for " + std::to_string(count * sizeof(T)) + " bytes");
  }
  return memory;
}

/// `run` fills an array of as many numbers as there are values; it comes in the same offsets.
template <class Id, class Run>
Ragged mapped(const Ragged& ragged, seqfeat_dtype dtype, const Run& run) {
  const auto count = static_cast<std::size_t>(ragged.view.values.count);
  const auto ids = allocated<Id>(count, "ids [" + std::to_string(count) + "]");
  const seqfeat_backend* backend = cpu();
  without_gil([&] { return run(backend, &ragged.view.values, ids.get()); });
  Ragged out{nullptr, ragged.view};
  out.view.values = {};
  out.view.values.dtype = dtype;
  out.view.values.data = ids.get();
  out.view.values.count = ragged.view.values.count;
  out.owner = std::make_shared<std::pair<Owner, Owner>>(ragged.owner, ids);
  return out;
}

using Salt = std::pair<std::uint64_t, std::uint64_t>;

/// A masked token comes as the bytes of a string, or as an integer's 64 bits.
Ragged hash_bucket(const Ragged& ragged, std::int64_t num_buckets, const std::optional<Salt>& salt,
                   const std::optional<nb::bytes>& mask_text,
                   const std::optional<std::int64_t>& mask_integer) {
  seqfeat_hash_options options = {};
  std::array<std::uint64_t, 2> key{};
  if (salt) {
    key = {salt->first, salt->second};
    options.salt = key.data();
  }
  if (mask_text) {
    options.mask_text = mask_text->c_str();
    options.mask_size = static_cast<std::int64_t>(mask_text->size());
  }
  if (mask_integer) options.mask_integer = &*mask_integer;
  return mapped<std::int64_t>(
      ragged, SEQFEAT_INT64, [&](const auto* backend, const auto* values, std::int64_t* ids) {
        return seqfeat_hash_bucket(backend, values, num_buckets, &options, ids, nullptr);
      });
}

Ragged fingerprints(const Ragged& ragged) {
  return mapped<std::uint64_t>(ragged, SEQFEAT_UINT64,
                               [](const auto* backend, const auto* values, std::uint64_t* ids) {
                                 return seqfeat_fingerprints(backend, values, ids, nullptr);
                               });
}

/// `count` values, of which `[begin, end)` of number i are at `range(i)`: the first one, or all
/// bits set where there is none.
template <class Range>
nb::object firsts(const Ragged& ragged, std::int64_t count, const Range& range) {
  return with_type(ragged.view.values.dtype, [&]<class T>(T*) {
    const auto* values = static_cast<const T*>(ragged.view.values.data);
    auto out = std::make_shared<std::vector<T>>(static_cast<std::size_t>(count));
    for (std::int64_t i = 0; i < count; ++i) {
      const auto [begin, end] = range(i);
      (*out)[static_cast<std::size_t>(i)] = begin == end ? static_cast<T>(-1) : values[begin];
    }
    return numpy_array(out->data(), {out->size()}, out);
  });
}

/// One value for each step; -1 for a hole.
nb::object of_steps(const Ragged& ragged) {
  if (!ragged.nested()) return values_of(ragged);
  return firsts(ragged, ragged.view.step_offsets.count - 1, [&](std::int64_t step) {
    return std::pair{first_value(ragged, step), first_value(ragged, step + 1)};
  });
}

/// One value for each row; -1 for a row without values.
nb::object of_rows(const Ragged& ragged) {
  const std::int64_t rows = ragged.rows();
  if (!ragged.nested() && ragged.view.values.count == rows) return values_of(ragged);
  return firsts(ragged, rows, [&](std::int64_t row) {
    return std::pair{first_value(ragged, at(ragged.view.row_offsets, row)),
                     first_value(ragged, at(ragged.view.row_offsets, row + 1))};
  });
}

// ---- Padded ----

nb::tuple pad(const Ragged& ragged, std::int64_t max_length, int truncation, int padding, bool left,
              std::int64_t multiple, std::int64_t fill) {
  const seqfeat_pad_options options = {max_length, truncation, padding, left ? 1 : 0, multiple};
  const std::int64_t rows = ragged.rows();
  auto lengths = std::make_shared<std::vector<std::int64_t>>(static_cast<std::size_t>(rows));
  std::int64_t slots = 0;
  without_gil([&] { return seqfeat_pad_sizes(&ragged.view, &options, lengths->data(), &slots); });
  const std::string shape = "[" + std::to_string(rows) + ", " + std::to_string(slots) + "]";
  std::int64_t bytes = 0;
  if (__builtin_mul_overflow(rows, slots, &bytes) ||
      __builtin_mul_overflow(bytes, std::int64_t{8}, &bytes)) {
    raise("OutOfMemory", "pad: ids " + shape + ": they do not fit any memory");
  }
  const auto cells = static_cast<std::size_t>(rows * slots);
  return with_type(ragged.view.values.dtype, [&]<class T>(T*) {
    const auto ids = allocated<T>(cells, "pad: ids " + shape);
    const auto mask = allocated<std::uint8_t>(cells, "pad: mask " + shape);
    without_gil(
        [&] { return seqfeat_pad(&ragged.view, &options, slots, fill, ids.get(), mask.get()); });
    const auto b = static_cast<std::size_t>(rows);
    const auto t = static_cast<std::size_t>(slots);
    return nb::make_tuple(numpy_array(ids.get(), {b, t}, ids),
                          numpy_array(lengths->data(), {b}, lengths),
                          numpy_array(reinterpret_cast<const bool*>(mask.get()), {b, t}, mask));
  });
}

}  // namespace

Owner keep(nb::object object) {
  PyObject* const pointer = object.release().ptr();
  return {pointer, [](const void* p) {
            if (!nb::is_alive()) return;  // Python is gone, and so is what it kept
            const nb::gil_scoped_acquire gil;
            Py_DECREF(static_cast<PyObject*>(const_cast<void*>(p)));
          }};
}

const char* dtype_name(seqfeat_dtype dtype) noexcept {
  return kNames[static_cast<std::size_t>(dtype)];
}

seqfeat_dtype dtype_of(const char* name) {
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (std::strcmp(kNames[i], name) == 0) return static_cast<seqfeat_dtype>(i);
  }
  raise("InvalidArgument",
        std::string("dtype: got '") + name +
            "', expected string, int8 ... int64, uint8 ... uint64, float32 or float64");
}

std::int64_t dtype_bytes(seqfeat_dtype dtype) noexcept {
  constexpr std::array<std::int64_t, 11> kBytes{1, 1, 2, 4, 8, 1, 2, 4, 8, 4, 8};
  return kBytes[static_cast<std::size_t>(dtype)];
}

void bind_ragged(nb::module_& module) {
  using namespace nb::literals;
  nb::class_<Ragged>(module, "Ragged", "A ragged batch on the host.")
      .def_prop_ro("rows", &Ragged::rows)
      .def_prop_ro("nested", &Ragged::nested)
      .def_prop_ro("dtype", [](const Ragged& r) { return dtype_name(r.view.values.dtype); })
      .def_prop_ro("row_offsets", row_offsets)
      .def_prop_ro("step_offsets", step_offsets)
      .def_prop_ro("values", values_of)
      .def_prop_ro("string_arrays", string_arrays)
      .def("to_list", to_list)
      .def("of_steps", of_steps)
      .def("of_rows", of_rows)
      .def("hash_bucket", hash_bucket, "num_buckets"_a, "salt"_a.none(), "mask_text"_a.none(),
           "mask_integer"_a.none())
      .def("fingerprints", fingerprints)
      .def("pad", pad, "max_length"_a, "truncation"_a, "padding"_a, "left"_a,
           "pad_to_multiple_of"_a, "value"_a);
  module.def("from_rows", from_rows, "rows"_a, "dtype"_a.none(), "key"_a);
  module.def("from_tokens", from_tokens, "tokens"_a, "dtype"_a.none(), "key"_a);
}

}  // namespace seqfeat::python
