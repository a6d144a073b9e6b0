// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "seqfeat/column.hpp"
#include "spec/json_object.hpp"

// Salt and masked value of a hash: what columns keep of them, and their JSON.

namespace seqfeat {

/// What a column that hashes keeps beside its source; `of` says whose options they are.
///
/// Throws   InvalidArgument if `mask_value` is not UTF-8, for a spec could not say it.
[[nodiscard]] SourceContent content_of(const HashBucketOptions& options, const std::string& of);

/// The members `salt` and `mask_value`, which may be missing or null.
[[nodiscard]] HashBucketOptions read_hash_options(const JsonObject& object, DType dtype);

/// Those that are set, as JSON, `"name": value, ` each: a column without keeps the text that it had
/// before there were any.
[[nodiscard]] std::string write_hash_options(const CategoricalColumn& column);

}  // namespace seqfeat
