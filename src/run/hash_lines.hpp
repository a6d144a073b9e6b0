// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>

#include "seqfeat/backend.hpp"
#include "seqfeat/dtype.hpp"
#include "seqfeat/siphash.hpp"

namespace seqfeat::run {

/// What `hash_lines` is asked to do.
struct HashOptions {
  std::string file = "-";
  DType dtype = DType::string;
  std::optional<std::int64_t> buckets;  ///< Nothing: the fingerprints themselves.
  std::optional<HashKey> salt;          ///< Of buckets: by SipHash under this key.
};

/// Hashes a token per line, in blocks, and passes the hashes of each block to `take`, in order:
/// buckets, or fingerprints without `options.buckets`.
///
/// Throws   InvalidArgument for a bucket count < 2; DataError naming file and line.
void hash_lines(const HashOptions& options, const Backend& backend,
                const std::function<void(std::span<const std::uint64_t>)>& take);

}  // namespace seqfeat::run
