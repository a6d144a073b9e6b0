// SPDX-License-Identifier: Apache-2.0
// What a layer gives as arrays: numpy's on the host, seqfeat._device.DeviceArray's on a device.
#pragma once

#include <vector>

#include "core.hpp"

namespace seqfeat::python {

/// "float32", "float16", "bfloat16" by number, and the number by name; raises InvalidArgument for
/// another name.
[[nodiscard]] const char* float_type_name(seqfeat_float_type type) noexcept;
[[nodiscard]] seqfeat_float_type float_type_of(const std::string& name);

/// An array in the memory of a CUDA device. `dtype_name` is numpy's name for `dtype`, or bfloat16.
[[nodiscard]] nb::object device_array(const void* data, const std::vector<std::size_t>& shape,
                                      const Owner& owner, int device, nb::dlpack::dtype dtype,
                                      const char* dtype_name);

/// An array of a result; `device` is -1 on the host.
template <class T>
[[nodiscard]] nb::object output(const T* data, std::initializer_list<std::size_t> shape,
                                const Owner& owner, int device, const char* dtype_name) {
  if (device < 0) return numpy_array(data, shape, owner);
  return device_array(data, shape, owner, device, nb::dtype<T>(), dtype_name);
}

/// A view of a table. On the host one of 16-bit elements comes as their bits, since numpy does not
/// have all of their types.
[[nodiscard]] nb::object table_array(const seqfeat_table& table, const Owner& owner, int device);

/// A copy of a table that is on the host, without gaps between rows. Does not need the GIL.
struct TableCopy {
  explicit TableCopy(const seqfeat_table& from);

  std::shared_ptr<std::vector<char>> bytes;
  seqfeat_table table;  ///< over `bytes`
};

}  // namespace seqfeat::python
