// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <vector>

#include "seqfeat/arrow_abi.hpp"

namespace seqfeat::test {

/// An Arrow array in the making: what its structs and buffers will say, be it true or not.
struct MadeArray {
  using Buffer = std::optional<std::vector<std::byte>>;  // or a null pointer

  std::string format{};
  std::string name{};
  std::int64_t length = 0;
  std::int64_t offset = 0;
  std::int64_t null_count = -1;
  std::vector<Buffer> buffers{};
  std::vector<MadeArray> children{};
  std::vector<MadeArray> dictionary{};       ///< One, or none.
  std::optional<std::int64_t> n_buffers{};   ///< Instead of how many there are.
  std::optional<std::int64_t> n_children{};  ///< Likewise.
};

/// The structs of `made`, which own copies of its buffers, each in memory of its exact size.
ArrowArray array_of(const MadeArray& made);
ArrowSchema schema_of(const MadeArray& made);

/// How many structs of these are not released yet.
std::int64_t live_structs() noexcept;

/// Numbers as a buffer.
template <class T>
MadeArray::Buffer buffer_of(const std::vector<T>& numbers) {
  std::vector<std::byte> bytes(numbers.size() * sizeof(T));
  if (!bytes.empty()) std::memcpy(bytes.data(), numbers.data(), bytes.size());
  return bytes;
}
inline MadeArray::Buffer buffer_of(const std::string& text) {
  return buffer_of(std::vector<char>(text.begin(), text.end()));
}
/// A bitmap with a 1 for each '1' of `bits`.
MadeArray::Buffer bitmap_of(const std::string& bits);

}  // namespace seqfeat::test
