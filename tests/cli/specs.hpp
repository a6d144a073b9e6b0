// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace seqfeat::test {

inline constexpr const char* kSpec = R"({"columns": [{"type": "embedding_column", "dimension": 3,
  "categorical_column": {"type": "sequence_categorical_column_with_hash_bucket",
                         "key": "tokens", "hash_bucket_size": 100}}]})";

inline constexpr const char* kShortSpec =
    R"({"columns": [{"type": "embedding_column", "dimension": 3,
  "categorical_column": {"type": "sequence_categorical_column_with_hash_bucket",
                         "key": "tokens", "hash_bucket_size": 100}}], "max_length": 2})";

}  // namespace seqfeat::test
