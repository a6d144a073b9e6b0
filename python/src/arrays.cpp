// SPDX-License-Identifier: Apache-2.0
// Ragged batches over arrays: memory of numpy's, given by address, size and a Python object that
// keeps it.

#include <array>
#include <utility>
#include <vector>

#include "core.hpp"

namespace seqfeat::python {
namespace {

Ragged take(seqfeat_ragged* handle) {
  const Owner owner(handle, [](const void* p) {
    seqfeat_ragged_free(static_cast<seqfeat_ragged*>(const_cast<void*>(p)));
  });
  return {owner, seqfeat_ragged_get(handle)};
}

/// An address as Python's integer.
const void* pointer(std::uintptr_t address) noexcept {
  return reinterpret_cast<const void*>(address);  // NOLINT(performance-no-int-to-ptr)
}

seqfeat_offsets wide_offsets(std::uintptr_t address, std::int64_t count) noexcept {
  return {pointer(address), count, 1};
}

/// Offsets and values that stand in memory already; checked here.
Ragged from_memory(const std::string& dtype, std::uintptr_t data, std::int64_t count,
                   std::int64_t bytes, std::pair<std::uintptr_t, std::int64_t> byte_offsets,
                   std::pair<std::uintptr_t, std::int64_t> rows,
                   std::pair<std::uintptr_t, std::int64_t> steps, const std::string& key,
                   nb::object keeper, bool read_only) {
  seqfeat_ragged_view view = {};
  view.row_offsets = wide_offsets(rows.first, rows.second);
  view.step_offsets = wide_offsets(steps.first, steps.second);
  view.values.dtype = dtype_of(dtype.c_str());
  view.values.data = pointer(data);
  view.values.count = count;
  view.values.bytes = bytes;
  view.values.byte_offsets = wide_offsets(byte_offsets.first, byte_offsets.second);
  Owner owner = keep(std::move(keeper));
  without_gil([&] { return seqfeat_ragged_check(&view, key.c_str()); });
  view.trusted = 1;
  return {std::move(owner), view, read_only};
}

/// Strings of fixed size (numpy's U and S) as bytes and offsets.
struct Strings {
  std::vector<std::int64_t> offsets{0};
  std::vector<char> bytes;

  void add_utf8(std::uint32_t c) {
    const auto put = [this](std::uint32_t byte) { bytes.push_back(static_cast<char>(byte)); };
    if (c < 0x80) {
      put(c);
    } else if (c < 0x800) {
      put(0xc0 | c >> 6);
      put(0x80 | (c & 0x3f));
    } else if (c < 0x10000) {
      put(0xe0 | c >> 12);
      put(0x80 | (c >> 6 & 0x3f));
      put(0x80 | (c & 0x3f));
    } else {
      put(0xf0 | c >> 18);
      put(0x80 | (c >> 12 & 0x3f));
      put(0x80 | (c >> 6 & 0x3f));
      put(0x80 | (c & 0x3f));
    }
  }

  /// `width` code points each; zeros at the end are padding. Returns the number of the string that
  /// has a lone surrogate, and so no UTF-8; -1 if none has.
  std::int64_t add_unicode(const std::uint32_t* from, std::int64_t count, std::int64_t width) {
    for (std::int64_t i = 0; i < count; ++i) {
      const std::uint32_t* const text = from + i * width;
      std::int64_t size = width;
      while (size > 0 && text[size - 1] == 0) --size;
      for (std::int64_t c = 0; c < size; ++c) {
        if (text[c] >= 0xd800 && text[c] < 0xe000) return i;
        add_utf8(text[c]);
      }
      offsets.push_back(static_cast<std::int64_t>(bytes.size()));
    }
    return -1;
  }

  void add_bytes(const char* from, std::int64_t count, std::int64_t width) {
    for (std::int64_t i = 0; i < count; ++i) {
      const char* const text = from + i * width;
      std::int64_t size = width;
      while (size > 0 && text[size - 1] == 0) --size;
      bytes.insert(bytes.end(), text, text + size);
      offsets.push_back(static_cast<std::int64_t>(bytes.size()));
    }
  }
};

/// Values of an array as one row each array element a step: `kind` 'U' or 'S' with `width`
/// characters each.
Ragged from_fixed_strings(char kind, std::uintptr_t address, std::int64_t count, std::int64_t width,
                          const std::string& key) {
  struct Held {
    Strings strings;
    std::array<std::int64_t, 2> row;
  };
  auto held = std::make_shared<Held>();
  held->row = {0, count};
  std::int64_t refused = -1;
  {
    const nb::gil_scoped_release release;
    if (kind == 'U') {
      refused = held->strings.add_unicode(static_cast<const std::uint32_t*>(pointer(address)),
                                          count, width);
    } else {
      held->strings.add_bytes(static_cast<const char*>(pointer(address)), count, width);
    }
  }
  if (refused >= 0) {
    raise("DataError",
          key + ": element " + std::to_string(refused) +
              ": got a str with a lone surrogate, which has no UTF-8; pass bytes instead",
          key.c_str());
  }
  seqfeat_ragged_view view = {};
  view.row_offsets = {held->row.data(), 2, 1};
  view.values.dtype = SEQFEAT_STRING;
  view.values.data = held->strings.bytes.data();
  view.values.bytes = static_cast<std::int64_t>(held->strings.bytes.size());
  view.values.count = count;
  view.values.byte_offsets = {held->strings.offsets.data(), count + 1, 1};
  view.trusted = 1;
  return {held, view};
}

/// A dense array of `shape`, whose cells are the values of `cells`.
Ragged from_dense(const Ragged& cells, const std::vector<std::int64_t>& shape,
                  const std::string& key) {
  seqfeat_ragged* out = nullptr;
  without_gil([&] {
    return seqfeat_ragged_from_dense(&cells.view.values, shape.data(),
                                     static_cast<std::int64_t>(shape.size()), key.c_str(), &out);
  });
  return take(out);
}

Ragged from_sparse(const Ragged& values, std::uintptr_t indices,
                   const std::vector<std::int64_t>& shape, std::int64_t values_per_step,
                   const std::string& key) {
  seqfeat_ragged* out = nullptr;
  without_gil([&] {
    return seqfeat_ragged_from_sparse_numbers(
        &values.view.values, static_cast<const std::int64_t*>(pointer(indices)), shape.data(),
        static_cast<std::int64_t>(shape.size()), values_per_step, key.c_str(), &out);
  });
  return take(out);
}

/// The same values in `rows` and `steps`. Without `rows` each cell is a row of one step, and a cell
/// without a value is an empty row.
Ragged regrouped(const Ragged& values, const Ragged* rows, const Ragged* steps,
                 const std::string& key) {
  Ragged out{nullptr, values.view, values.read_only};
  std::vector<Owner> owners{values.owner};
  const auto use = [&](seqfeat_offsets& offsets, const Ragged& from) {
    offsets = {from.view.values.data, from.view.values.count, 1};
    owners.push_back(from.owner);
  };
  if (rows != nullptr) {
    use(out.view.row_offsets, *rows);
  } else if (values.nested()) {
    out.view.row_offsets = values.view.step_offsets;
  } else {
    const auto count = static_cast<std::size_t>(values.view.values.count);
    auto each = std::make_shared<std::vector<std::int64_t>>(count + 1);
    for (std::size_t i = 0; i <= count; ++i) (*each)[i] = static_cast<std::int64_t>(i);
    out.view.row_offsets = {each->data(), static_cast<std::int64_t>(count) + 1, 1};
    owners.emplace_back(std::move(each));
  }
  out.view.step_offsets = {};
  if (steps != nullptr) use(out.view.step_offsets, *steps);
  out.owner = std::make_shared<std::vector<Owner>>(std::move(owners));
  out.view.trusted = 0;
  without_gil([&] { return seqfeat_ragged_check(&out.view, key.c_str()); });
  out.view.trusted = 1;
  return out;
}

}  // namespace

void bind_arrays(nb::module_& module) {
  using namespace nb::literals;
  module.def("from_memory", from_memory, "dtype"_a, "data"_a, "count"_a, "bytes"_a,
             "byte_offsets"_a, "row_offsets"_a, "step_offsets"_a, "key"_a, "keeper"_a,
             "read_only"_a);
  module.def("from_fixed_strings", from_fixed_strings, "kind"_a, "address"_a, "count"_a, "width"_a,
             "key"_a);
  module.def("from_dense", from_dense, "cells"_a, "shape"_a, "key"_a);
  module.def("from_sparse", from_sparse, "values"_a, "indices"_a, "shape"_a, "values_per_step"_a,
             "key"_a);
  module.def("regrouped", regrouped, "values"_a, "row_offsets"_a.none(), "step_offsets"_a.none(),
             "key"_a);
}

}  // namespace seqfeat::python
