// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "seqfeat/backend.hpp"
#include "seqfeat/decimal.hpp"
#include "seqfeat/keyed_hash.hpp"
#include "seqfeat/pack.hpp"
#include "seqfeat/ragged.hpp"
#include "seqfeat/stream.hpp"

// Token -> 64-bit fingerprint -> bucket: TensorFlow's `to_hash_bucket_fast`, of integers after
// `as_string`.

namespace seqfeat {

/// Hashes every value to a bucket.
///
/// Shapes   values [N] -> ids [N], each in [0, hash_bucket_size).
/// Stream   Enqueues on `stream` and returns; `values` and `ids` are in the backend's memory and
///          must outlive the work.
/// Memory   Allocates nothing.
/// Throws   InvalidArgument if `hash_bucket_size` < 2, a size is negative or a pointer is missing;
///          on the host also DataError for byte offsets that decrease or leave the buffer.
void hash(const Backend& backend, const ValuesView& values, std::int64_t hash_bucket_size,
          std::int64_t* ids, Stream stream);

/// The same with 32-bit ids.
///
/// Throws   also InvalidArgument if `hash_bucket_size` is above 2^31, for ids have to fit.
void hash(const Backend& backend, const ValuesView& values, std::int64_t hash_bucket_size,
          std::int32_t* ids, Stream stream);

/// The same with a salt and a masked token, as Keras' `Hashing` has them, and of one bucket too.
///
/// Shapes   values [N] -> ids [N], each in [0, num_buckets); with a `mask_value` that token alone
/// is
///          0, and of one bucket all are.
/// Throws   InvalidArgument if `num_buckets` < 1, `mask_value` is no value of the tokens' type or
/// is
///          a string of more than 1024 bytes, which a column may have; else as `hash`.
void hash_bucket(const Backend& backend, const ValuesView& values, std::int64_t num_buckets,
                 const HashBucketOptions& options, std::int64_t* ids, Stream stream);

/// The same without the modulo: the 64-bit fingerprints.
void fingerprint(const Backend& backend, const ValuesView& values, std::uint64_t* fingerprints,
                 Stream stream);

}  // namespace seqfeat
