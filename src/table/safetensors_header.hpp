// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

// The JSON header of a safetensors file. It is read event by event, so that memory grows with what
// the header really holds, and its words about the bytes behind it are not trusted.

namespace seqfeat {

/// The header's entry of one tensor.
struct TensorEntry {
  std::string dtype;
  std::vector<std::int64_t> shape;
  std::int64_t begin = 0;  ///< Its bytes, counted from the end of the header.
  std::int64_t end = 0;
};

struct SafetensorsHeader {
  std::map<std::string, TensorEntry, std::less<>> tensors;
  std::map<std::string, std::string, std::less<>> metadata;
};

/// The JSON header in the bytes of a file.
///
/// Throws   DataError if it claims more bytes than there are, or does not begin like JSON.
[[nodiscard]] std::string_view safetensors_header_text(std::span<const std::byte> bytes,
                                                       const std::string& file);

/// Reads the header `json` and checks each tensor by itself: members, type, shape, size.
///
/// Throws   DataError: `file`, tensor, what was got and what was expected.
[[nodiscard]] SafetensorsHeader parse_safetensors_header(std::string_view json,
                                                         const std::string& file);

}  // namespace seqfeat
