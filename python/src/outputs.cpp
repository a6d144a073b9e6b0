// SPDX-License-Identifier: Apache-2.0
#include "outputs.hpp"

#include <array>
#include <cstring>

namespace seqfeat::python {
namespace {

constexpr std::array<const char*, 3> kFloatTypes{"float32", "float16", "bfloat16"};

std::int64_t element_bytes(seqfeat_float_type type) noexcept {
  return type == SEQFEAT_FLOAT32 ? 4 : 2;
}

}  // namespace

const char* float_type_name(seqfeat_float_type type) noexcept {
  return kFloatTypes[static_cast<std::size_t>(type)];
}

seqfeat_float_type float_type_of(const std::string& name) {
  for (std::size_t i = 0; i < kFloatTypes.size(); ++i) {
    if (name == kFloatTypes[i]) return static_cast<seqfeat_float_type>(i);
  }
  raise("InvalidArgument", "table: got " + name + ", expected float32, float16 or bfloat16");
}

nb::object device_array(const void* data, const std::vector<std::size_t>& shape, const Owner& owner,
                        int device, nb::dlpack::dtype dtype, const char* dtype_name) {
  auto* held = new Owner(owner);
  nb::capsule capsule(held, [](void* p) noexcept { delete static_cast<Owner*>(p); });
  nb::ndarray<> tensor(const_cast<void*>(data), shape.size(), shape.data(), capsule, nullptr, dtype,
                       nb::device::cuda::value, device);
  return nb::module_::import_("seqfeat._device")
      .attr("DeviceArray")(tensor.cast(), reinterpret_cast<std::uintptr_t>(data), nb::cast(shape),
                           dtype_name);
}

nb::object table_array(const seqfeat_table& table, const Owner& owner, int device) {
  const auto rows = static_cast<std::size_t>(table.rows);
  const auto dim = static_cast<std::size_t>(table.dim);
  if (device >= 0) {
    const auto code = table.type == SEQFEAT_BFLOAT16 ? nb::dlpack::dtype_code::Bfloat
                                                     : nb::dlpack::dtype_code::Float;
    const nb::dlpack::dtype dtype{static_cast<std::uint8_t>(code),
                                  static_cast<std::uint8_t>(8 * element_bytes(table.type)), 1};
    return device_array(table.data, {rows, dim}, owner, device, dtype, float_type_name(table.type));
  }
  if (table.type == SEQFEAT_FLOAT32) {
    return numpy_array(static_cast<const float*>(table.data), {rows, dim}, owner);
  }
  return numpy_array(static_cast<const std::uint16_t*>(table.data), {rows, dim}, owner);
}

TableCopy::TableCopy(const seqfeat_table& from) : table(from) {
  const std::int64_t row_bytes = from.dim * element_bytes(from.type);
  const std::int64_t pitch_bytes = from.pitch * element_bytes(from.type);
  bytes = std::make_shared<std::vector<char>>(static_cast<std::size_t>(from.rows * row_bytes));
  for (std::int64_t row = 0; row < from.rows; ++row) {
    std::memcpy(bytes->data() + row * row_bytes,
                static_cast<const char*>(from.data) + row * pitch_bytes,
                static_cast<std::size_t>(row_bytes));
  }
  table.data = bytes->data();
  table.pitch = from.dim;
}

}  // namespace seqfeat::python
