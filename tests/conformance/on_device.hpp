// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "seqfeat/features.hpp"
#include "tests/support/backend_test.hpp"

namespace seqfeat::test {

/// Features in the backend's memory, each buffer without a byte to spare.
class OnDevice {
 public:
  explicit OnDevice(const Backend& backend) : backend_(backend) {}

  template <class T>
  const void* keep(const T* data, std::int64_t count) {
    memory_.push_back(
        to_backend<T>(backend_, std::span<const T>(data, static_cast<std::size_t>(count))));
    return memory_.back().data();
  }
  Offsets keep(const Offsets& offsets, bool wide) {
    if (offsets.absent()) return {};
    if (wide) {
      return {keep(static_cast<const std::int64_t*>(offsets.data), offsets.count), offsets.count,
              true};
    }
    std::vector<std::int32_t> narrow;
    for (std::int64_t i = 0; i < offsets.count; ++i) {
      narrow.push_back(static_cast<std::int32_t>(offsets[i]));
    }
    return {keep(narrow.data(), offsets.count), offsets.count, false};
  }
  RaggedView keep(RaggedView view, bool wide) {
    const std::int64_t bytes =
        view.dtype != DType::string ? view.value_count * size_of(view.dtype) : view.bytes;
    view.row_offsets = keep(view.row_offsets, wide);
    view.step_offsets = keep(view.step_offsets, wide);
    view.byte_offsets = keep(view.byte_offsets, wide);
    view.data = keep(static_cast<const std::byte*>(view.data), bytes);
    view.location = Location::device;
    view.trusted = false;
    return view;
  }
  Features keep(const Features& host, bool wide) {
    Features device;
    for (const auto& [key, view] : host.views()) device.set(key, keep(view, wide));
    return device;
  }

 private:
  const Backend& backend_;
  std::vector<Buffer> memory_;
};

}  // namespace seqfeat::test
