// SPDX-License-Identifier: Apache-2.0
#include "spec/sources.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "backend/concat.hpp"
#include "seqfeat/error.hpp"
#include "spec/crossed.hpp"
#include "spec/keyed_hash.hpp"
#include "spec/vocabulary.hpp"

// What each type of categorical column is made of: its factory, which checks, and its row in JSON.

namespace seqfeat {

using detail::concat;

CategoricalColumn sequence_categorical_column_with_hash_bucket(std::string key,
                                                               std::int64_t hash_bucket_size,
                                                               DType dtype,
                                                               const HashBucketOptions& options) {
  const CategoricalColumn plain(std::move(key), dtype, {});
  const std::string of = concat(" for key '", plain.key(), "'");
  if (hash_bucket_size < 2) {
    throw InvalidArgument(concat("hash_bucket_size: must be > 1, got ", hash_bucket_size, of));
  }
  return {plain.key(), dtype, hash_source(hash_bucket_size, dtype, options, of),
          content_of(options, of)};
}

CategoricalColumn sequence_categorical_column_with_identity(
    std::string key, std::int64_t num_buckets, std::optional<std::int64_t> default_value,
    DType dtype) {
  CategoricalColumn column(
      std::move(key), dtype,
      {.kind = IdKind::identity, .rows = num_buckets, .default_id = default_value.value_or(-1)});
  const std::string of = concat(" for key '", column.key(), "'");
  if (num_buckets < 1) {
    throw InvalidArgument(concat("num_buckets: must be >= 1, got ", num_buckets, of));
  }
  if (default_value && (*default_value < 0 || *default_value >= num_buckets)) {
    throw InvalidArgument(concat("default_value: must be null or 0 ... num_buckets - 1 = ",
                                 num_buckets - 1, ", got ", *default_value, of));
  }
  if (!is_integer(dtype)) {
    throw InvalidArgument(concat("dtype: must be an integer type, got ", to_string(dtype), of,
                                 ", whose values are ids"));
  }
  return column;
}

namespace {

CategoricalColumn read_hash_bucket(const JsonObject& object, const std::string& key, DType dtype) {
  const std::int64_t size = object.integer("hash_bucket_size", object.require("hash_bucket_size"),
                                           "an integer 2 ... 9223372036854775807");
  const HashBucketOptions options = read_hash_options(object, dtype);
  return made_at(object.place(), [&] {
    return sequence_categorical_column_with_hash_bucket(key, size, dtype, options);
  });
}
std::string write_hash_bucket(const CategoricalColumn& column) {
  return concat(R"("hash_bucket_size": )", column.rows(), ", ") + write_hash_options(column);
}

CategoricalColumn read_identity(const JsonObject& object, const std::string& key, DType dtype) {
  const std::int64_t size = object.integer("num_buckets", object.require("num_buckets"),
                                           "an integer 1 ... 9223372036854775807");
  std::optional<std::int64_t> value;
  if (const JsonValue* found = object.find_unless_null("default_value")) {
    value = object.integer("default_value", *found, "null or an integer 0 ... num_buckets - 1");
  }
  return made_at(object.place(), [&] {
    return sequence_categorical_column_with_identity(key, size, value, dtype);
  });
}
std::string write_identity(const CategoricalColumn& column) {
  const IdSource& source = column.source();
  return concat(R"("num_buckets": )", source.rows, R"(, "default_value": )",
                source.total() ? std::to_string(source.default_id) : "null", ", ");
}

}  // namespace

std::span<const SourceType> source_types() {
  static const std::array types = {
      SourceType{"sequence_categorical_column_with_hash_bucket",
                 IdKind::hash_bucket,
                 DType::string,
                 {"hash_bucket_size", "salt", "mask_value"},
                 read_hash_bucket,
                 write_hash_bucket},
      SourceType{"sequence_categorical_column_with_identity",
                 IdKind::identity,
                 DType::int64,
                 {"num_buckets", "default_value"},
                 read_identity,
                 write_identity},
      SourceType{"sequence_categorical_column_with_vocabulary_list",
                 IdKind::vocabulary,
                 DType::string,
                 {"vocabulary_list", "default_value", "num_oov_buckets"},
                 read_vocabulary_list,
                 write_vocabulary_list},
      SourceType{"sequence_categorical_column_with_vocabulary_file",
                 IdKind::vocabulary,
                 DType::string,
                 {"vocabulary_file", "vocabulary_size", "default_value", "num_oov_buckets"},
                 read_vocabulary_file,
                 write_vocabulary_file},
      SourceType{"sequence_crossed_column",
                 IdKind::crossed,
                 DType::int64,
                 {"keys", "hash_bucket_size", "hash_key"},
                 read_crossed,
                 write_crossed,
                 false},
  };
  return types;
}

const SourceType* source_type_of(std::string_view type) {
  const auto types = source_types();
  const auto found = std::find_if(types.begin(), types.end(),
                                  [type](const SourceType& row) { return row.type == type; });
  return found == types.end() ? nullptr : &*found;
}

const SourceType& source_type_of(const CategoricalColumn& column) {
  const auto types = source_types();
  const IdKind own = column.source().kind;
  const IdKind kind = own == IdKind::keyed_hash ? IdKind::hash_bucket : own;
  auto found = std::find_if(types.begin(), types.end(),
                            [kind](const SourceType& row) { return row.kind == kind; });
  if (has_vocabulary_file(column)) ++found;  // which stands behind that of a list
  return *found;
}

std::vector<std::string_view> categorical_types() {
  std::vector<std::string_view> names;
  for (const SourceType& row : source_types()) names.push_back(row.type);
  return names;
}

}  // namespace seqfeat
