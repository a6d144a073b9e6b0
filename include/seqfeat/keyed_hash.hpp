// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "seqfeat/dtype.hpp"
#include "seqfeat/id_source.hpp"

// What a hash into buckets may be told beyond their number.

namespace seqfeat {

/// A value of a feature: a string, or an integer, of which a uint64 may be beyond int64.
using TokenValue = std::variant<std::string, std::int64_t, std::uint64_t>;

/// How tokens are hashed; without any of it as TensorFlow's `to_hash_bucket_fast`.
struct HashBucketOptions {
  /// Hashes under this key by SipHash-2-4: `to_hash_bucket_strong`. Keras' `Hashing(salt=s)` of one
  /// number is {s, s}.
  std::optional<HashKey> salt = std::nullopt;
  /// This token has the id 0 and the others 1 ... buckets - 1, as with Keras' `Hashing`; of one
  /// bucket it says nothing.
  std::optional<TokenValue> mask_value = std::nullopt;

  friend bool operator==(const HashBucketOptions&, const HashBucketOptions&) = default;
};

/// The rule of a hash of tokens of `dtype` into `buckets` >= 1 buckets. The bytes of a masked
/// string are still to be pointed to. `of` says in messages whose options they are.
///
/// Throws   InvalidArgument if `mask_value` is no value of `dtype`.
[[nodiscard]] IdSource hash_source(std::int64_t buckets, DType dtype,
                                   const HashBucketOptions& options, std::string_view of = {});

}  // namespace seqfeat
