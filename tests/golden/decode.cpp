// SPDX-License-Identifier: Apache-2.0
#include "tests/golden/decode.hpp"

#include <bit>
#include <charconv>
#include <cstring>
#include <limits>

#include "seqfeat/dtype.hpp"

namespace seqfeat::golden {
namespace {

static_assert(std::endian::native == std::endian::little, "tensors are stored little endian");

int sextet(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '+') return 62;
  if (c == '/') return 63;
  throw BadCase("a character that is not base64");
}

template <class Integer>
Integer integer_from(const Json& json) {
  if (json.is_number_unsigned() &&
      json.get<std::uint64_t>() <= std::uint64_t{std::numeric_limits<Integer>::max()}) {
    return json.get<Integer>();
  }
  if (json.is_number_integer() && !json.is_number_unsigned() && std::is_signed_v<Integer>) {
    return json.get<Integer>();
  }
  if (json.is_string()) {
    const auto& text = json.get_ref<const std::string&>();
    Integer value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error == std::errc() && end == text.data() + text.size()) return value;
  }
  throw BadCase("got " + json.dump() + ", expected an integer of 64 bits");
}

const Json& list_from(const Json& json) {
  if (!json.is_array()) throw BadCase("got " + json.dump() + ", expected a list");
  return json;
}

void append(std::vector<std::byte>& data, const void* bytes, std::size_t size) {
  if (size == 0) return;
  const auto* begin = static_cast<const std::byte*>(bytes);
  data.insert(data.end(), begin, begin + size);
}

/// Appends the low bytes of an integer after checking that they are all of it.
void append_integer(Tokens& tokens, const Json& json) {
  const auto size = static_cast<std::size_t>(size_of(tokens.dtype));
  const int unused_bits = 64 - 8 * static_cast<int>(size);
  std::uint64_t bits = 0;
  bool fits = false;
  if (is_unsigned(tokens.dtype)) {
    bits = uint64_from(json);
    fits = (bits << unused_bits) >> unused_bits == bits;
  } else {
    const std::int64_t value = int64_from(json);
    bits = static_cast<std::uint64_t>(value);
    fits = static_cast<std::int64_t>(bits << unused_bits) >> unused_bits == value;
  }
  if (!fits) throw BadCase(json.dump() + " does not fit " + std::string(to_string(tokens.dtype)));
  append(tokens.data, &bits, size);
}

}  // namespace

ValuesView Tokens::view() const noexcept {
  return {.dtype = dtype,
          .data = data.data(),
          .byte_offsets = dtype == DType::string ? offsets_of(byte_offsets) : Offsets{},
          .count = count,
          .bytes = dtype == DType::string ? static_cast<std::int64_t>(data.size()) : 0};
}

RaggedView Csr::view() const noexcept {
  const ValuesView values = tokens.view();
  RaggedView view;
  view.row_offsets = offsets_of(row_offsets);
  if (!step_offsets.empty()) view.step_offsets = offsets_of(step_offsets);
  view.byte_offsets = values.byte_offsets;
  view.data = values.data;
  view.value_count = values.count;
  view.bytes = values.bytes;
  view.dtype = values.dtype;
  return view;
}

std::string bytes_from(const Json& base64) {
  if (!base64.is_string()) throw BadCase("got " + base64.dump() + ", expected base64");
  std::string_view text = base64.get_ref<const std::string&>();
  if (text.size() % 4 != 0) throw BadCase("base64 of a length that is no multiple of 4");
  std::size_t padding = 0;
  while (padding < 2 && !text.empty() && text.back() == '=') {
    text.remove_suffix(1);
    ++padding;
  }
  std::string bytes;
  std::uint32_t bits = 0;
  int count = 0;
  for (const char c : text) {
    bits = (bits << 6) | static_cast<std::uint32_t>(sextet(c));
    count += 6;
    if (count >= 8) {
      count -= 8;
      bytes.push_back(static_cast<char>((bits >> count) & 0xff));
    }
  }
  if ((bits & ((1U << count) - 1)) != 0) throw BadCase("base64 with bits left over");
  return bytes;
}

std::vector<std::string> list_of_bytes_from(const Json& list) {
  std::vector<std::string> all;
  for (const Json& element : list_from(list)) all.push_back(bytes_from(element));
  return all;
}

std::int64_t int64_from(const Json& json) {
  return integer_from<std::int64_t>(json);
}
std::uint64_t uint64_from(const Json& json) {
  return integer_from<std::uint64_t>(json);
}

std::vector<std::int64_t> int64s_from(const Json& list) {
  std::vector<std::int64_t> all;
  for (const Json& element : list_from(list)) all.push_back(int64_from(element));
  return all;
}

Tensor tensor_from(const Json& json, const Json& tensors) {
  if (json.contains("ref")) {
    return tensor_from(member(tensors, member(json, "ref").get<std::string>()), {});
  }
  Tensor tensor;
  tensor.shape = int64s_from(member(json, "shape"));
  const Json& dtype = member(json, "dtype");
  if (dtype == "F16") tensor.type = FloatType::float16;
  if (dtype == "BF16") tensor.type = FloatType::bfloat16;
  const bool halves = tensor.type != FloatType::float32;
  const bool floats = dtype == "F32";
  if (!floats && !halves && dtype != "BOOL") throw BadCase("a tensor of unknown dtype");
  const std::string bytes = bytes_from(member(json, "data_b64"));
  std::uint64_t size = floats ? sizeof(float) : halves ? sizeof(std::uint16_t) : 1;
  for (const std::int64_t n : tensor.shape) {
    if (n < 0) throw BadCase("a tensor with a negative dimension");
    if (__builtin_mul_overflow(size, static_cast<std::uint64_t>(n), &size)) {
      throw BadCase("a tensor's shape overflows");
    }
  }
  if (size != bytes.size()) throw BadCase("a tensor's shape and data disagree");
  if (floats) {
    tensor.floats.resize(bytes.size() / sizeof(float));
    if (!bytes.empty()) std::memcpy(tensor.floats.data(), bytes.data(), bytes.size());
  } else if (halves) {
    tensor.halves.resize(bytes.size() / sizeof(std::uint16_t));
    if (!bytes.empty()) std::memcpy(tensor.halves.data(), bytes.data(), bytes.size());
    for (const std::uint16_t half : tensor.halves) {
      tensor.floats.push_back(tensor.type == FloatType::float16 ? float_from_float16(half)
                                                                : float_from_bfloat16(half));
    }
  } else {
    tensor.booleans.assign(bytes.begin(), bytes.end());
  }
  return tensor;
}

DType dtype_of(const Json& holder) {
  const Json& name = member(holder, "dtype");
  const auto dtype = name.is_string() ? dtype_from(name.get<std::string>()) : std::nullopt;
  if (!dtype) throw BadCase("got dtype " + name.dump() + ", expected string or an integer type");
  return *dtype;
}

Tokens tokens_from(const Json& holder, DType dtype) {
  Tokens tokens;
  tokens.dtype = dtype;
  if (is_float(dtype)) {
    const Tensor numbers = tensor_from(member(holder, "values_f32"), Json::object());
    tokens.count = static_cast<std::int64_t>(numbers.floats.size());
    append(tokens.data, numbers.floats.data(), numbers.floats.size() * sizeof(float));
    return tokens;
  }
  const Json& list = list_from(member(holder, dtype == DType::string ? "values_b64" : "values"));
  tokens.count = static_cast<std::int64_t>(list.size());
  if (dtype != DType::string) {
    for (const Json& value : list) append_integer(tokens, value);
    return tokens;
  }
  tokens.byte_offsets.push_back(0);
  for (const std::string& token : list_of_bytes_from(list)) {
    append(tokens.data, token.data(), token.size());
    tokens.byte_offsets.push_back(static_cast<std::int64_t>(tokens.data.size()));
  }
  return tokens;
}

Csr csr_from(const Json& feature) {
  const Json& json = member(feature, "csr");
  Csr csr;
  csr.row_offsets = int64s_from(member(json, "row_offsets"));
  const Json& steps = member(json, "step_offsets");
  if (!steps.is_null()) csr.step_offsets = int64s_from(steps);
  csr.tokens = tokens_from(json, dtype_of(feature));
  return csr;
}

Ragged converted(const Json& feature, std::string_view key, std::int64_t values_per_step) {
  const Tokens tokens = tokens_from(feature, dtype_of(feature));
  if (member(feature, "input") == "dense") {
    return from_dense(tokens.view(), int64s_from(member(feature, "shape")), key);
  }
  if (member(feature, "input") != "sparse") throw BadCase("a feature neither dense nor sparse");
  const std::vector<std::int64_t> shape = int64s_from(member(feature, "dense_shape"));
  std::vector<std::int64_t> indices;
  for (const Json& index : list_from(member(feature, "indices"))) {
    const std::vector<std::int64_t> one = int64s_from(index);
    if (one.size() != shape.size()) throw BadCase("an index of another rank than dense_shape");
    indices.insert(indices.end(), one.begin(), one.end());
  }
  return from_sparse(tokens.view(), indices, shape, key, values_per_step);
}

}  // namespace seqfeat::golden
