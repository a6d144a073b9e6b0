// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

// Other libraries that inflate, as far as they were there when this was built.

namespace seqfeat::bench {

/// Inflates a gzip file in memory.
struct GzipInflater {
  std::string name;
  /// Overwrites `out`, which has the size of the inflated bytes.
  ///
  /// Throws   DataError if the bytes do not inflate to just that size.
  std::function<void(std::string_view gzip, std::string& out)> inflate;
};
[[nodiscard]] std::vector<GzipInflater> gzip_inflaters();

}  // namespace seqfeat::bench
