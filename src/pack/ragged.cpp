// SPDX-License-Identifier: Apache-2.0
#include "seqfeat/ragged.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#include "backend/concat.hpp"
#include "seqfeat/error.hpp"

namespace seqfeat {
namespace {

using detail::concat;

[[noreturn]] void refuse_value(DType dtype, std::string_view shown) {
  throw DataError(concat("value ", shown, " is out of the range of ", to_string(dtype)));
}

}  // namespace

Ragged::Ragged(DType dtype)
    : dtype_(dtype),
      size_bits_(std::countr_zero(static_cast<unsigned>(size_of(dtype)))),
      row_offsets_{0} {
  if (dtype == DType::string) byte_offsets_.push_back(0);
}

RaggedView Ragged::view() const noexcept {
  RaggedView view;
  view.row_offsets = offsets_of(row_offsets_);
  if (nested_) view.step_offsets = offsets_of(step_offsets_);
  if (dtype_ == DType::string) view.byte_offsets = offsets_of(byte_offsets_);
  view.data = data_.data();
  view.value_count = values();
  view.bytes = dtype_ != DType::string ? 0 : static_cast<std::int64_t>(data_.size());
  view.dtype = dtype_;
  view.trusted = true;  // built here, value by value
  return view;
}

void Ragged::refuse_strings() const {
  throw InvalidArgument(concat("value: got a string, expected ", to_string(dtype_)));
}

void Ragged::refuse_integers() const {
  throw InvalidArgument(concat("value: got an integer, expected ", to_string(dtype_)));
}

void Ragged::add_value(std::string_view token) {
  const StringRoom room = string_room(1, token.size());
  std::copy_n(reinterpret_cast<const std::byte*>(token.data()), token.size(), room.bytes);
  *room.ends = room.begin + static_cast<std::int64_t>(token.size());
  add_written(1, token.size());
}

void Ragged::add_value(std::int64_t token) {
  if (!is_integer(dtype_)) refuse_integers();
  if (token < least_of(dtype_) || token > largest_of(dtype_)) {
    refuse_value(dtype_, std::to_string(token));
  }
  append_integer(static_cast<std::uint64_t>(token));
}

void Ragged::add_value(std::uint64_t token) {
  if (!is_integer(dtype_)) refuse_integers();
  if (dtype_ != DType::uint64 && token > static_cast<std::uint64_t>(largest_of(dtype_))) {
    refuse_value(dtype_, std::to_string(token));
  }
  append_integer(token);
}

void Ragged::append_integer(std::uint64_t bits) {
  // Little endian: the low bytes are the value in every narrower type.
  const auto size = static_cast<std::size_t>(size_of(dtype_));
  std::memcpy(data_.room(size), &bits, size);
  data_.added(size);
}

void Ragged::add_integers(std::span<const std::int64_t> tokens) {
  if (!is_integer(dtype_)) refuse_integers();
  const auto size = static_cast<std::size_t>(size_of(dtype_));
  std::byte* at = data_.room(tokens.size() * size);
  const auto narrow = [&]<class T>(T) {
    for (const std::int64_t token : tokens) {
      const auto value = static_cast<T>(token);
      std::memcpy(at, &value, sizeof value);
      at += sizeof value;
    }
  };
  // Little endian and two's complement: the sign does not matter.
  if (size == 1) narrow(std::uint8_t{});
  if (size == 2) narrow(std::uint16_t{});
  if (size == 4) narrow(std::uint32_t{});
  if (size == 8) narrow(std::uint64_t{});
  data_.added(tokens.size() * size);
}

void Ragged::add_number(double number) {
  if (!is_float(dtype_)) {
    throw InvalidArgument(concat("value: got a number, expected ", to_string(dtype_)));
  }
  const auto narrow = static_cast<float>(number);
  const bool wide = dtype_ == DType::float64;
  const std::size_t size = wide ? sizeof number : sizeof narrow;
  std::memcpy(data_.room(size), wide ? static_cast<const void*>(&number) : &narrow, size);
  data_.added(size);
}

void Ragged::add_numbers(std::span<const float> numbers) {
  if (dtype_ != DType::float32) {
    for (const float number : numbers) add_number(double{number});
    return;
  }
  const std::size_t bytes = numbers.size_bytes();
  if (bytes > 0) std::memcpy(data_.room(bytes), numbers.data(), bytes);
  data_.added(bytes);
}

void Ragged::end_step() {
  const std::int64_t end = values();
  if (!nested_ && end != closed_steps_ + 1) {
    // The first step without exactly one value: before it, value i is step i.
    nested_ = true;
    step_offsets_.resize(static_cast<std::size_t>(closed_steps_) + 1);
    for (std::size_t s = 0; s < step_offsets_.size(); ++s) {
      step_offsets_[s] = static_cast<std::int64_t>(s);
    }
  }
  ++closed_steps_;
  if (nested_) step_offsets_.push_back(end);
}

void Ragged::cut_back(std::int64_t rows) {
  if (rows > this->rows() || rows < 0) {
    throw InvalidArgument(concat("rows: got ", rows, ", expected 0 to ", this->rows()));
  }
  row_offsets_.resize(static_cast<std::size_t>(rows) + 1);
  closed_steps_ = row_offsets_.back();
  if (nested_) step_offsets_.resize(static_cast<std::size_t>(closed_steps_) + 1);
  const std::int64_t kept = closed_values();
  if (dtype_ != DType::string) {
    data_.cut(static_cast<std::size_t>(kept * size_of(dtype_)));
  } else {
    byte_offsets_.cut(static_cast<std::size_t>(kept) + 1);
    data_.cut(static_cast<std::size_t>(byte_offsets_.back()));
  }
  if (rows == 0) {
    nested_ = false;
    step_offsets_.clear();
  }
}

}  // namespace seqfeat
