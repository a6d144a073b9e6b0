// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

// The JSON header of a safetensors file, read event by event: memory grows with what is really
// there, and nothing is believed about the bytes behind it.

namespace seqfeat {

/// What the header says of one tensor.
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

/// Reads the header `json` and checks each tensor by itself: members, type, shape, size.
///
/// Throws   DataError: `file`, tensor, what was got and what was expected.
[[nodiscard]] SafetensorsHeader parse_safetensors_header(std::string_view json,
                                                         const std::string& file);

}  // namespace seqfeat
