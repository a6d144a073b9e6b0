// SPDX-License-Identifier: Apache-2.0
#include "spec/crossed.hpp"

#include <algorithm>
#include <utility>

#include "backend/concat.hpp"
#include "backend/text.hpp"
#include "seqfeat/crossed.hpp"
#include "seqfeat/error.hpp"
#include "spec/json_text.hpp"
#include "spec/json_words.hpp"

namespace seqfeat {

using detail::concat;

namespace {

/// The name of a cross: those of its keys in order of the alphabet.
std::string name_of_cross(const std::vector<FeatureKey>& keys) {
  std::vector<std::string_view> names;
  for (const FeatureKey& key : keys) names.push_back(key.key);
  std::sort(names.begin(), names.end());
  std::string joined;
  for (const std::string_view name : names) {
    if (!joined.empty()) joined += "_X_";
    joined += name;
  }
  return joined;
}

/// Refuses what a column of each key alone would refuse, and a key of two types.
void check_keys(const std::vector<FeatureKey>& keys) {
  if (keys.size() < 2) {
    throw InvalidArgument(concat("keys: must be two or more, got ", keys.size(),
                                 keys.empty() ? "" : " ('" + keys[0].key + "')",
                                 "; a single feature is hashed by ",
                                 "sequence_categorical_column_with_hash_bucket"));
  }
  std::vector<Column> alone;
  for (const auto& [key, dtype] : keys) alone.emplace_back(CategoricalColumn(key, dtype, {}));
  (void)make_parse_example_spec(alone);
}

}  // namespace

CategoricalColumn sequence_crossed_column(std::vector<FeatureKey> keys,
                                          std::int64_t hash_bucket_size,
                                          std::optional<std::uint64_t> hash_key) {
  check_keys(keys);
  const std::string name = name_of_cross(keys);
  if (hash_bucket_size < 2) {
    throw InvalidArgument(
        concat("hash_bucket_size: must be > 1, got ", hash_bucket_size, " for key '", name, "'"));
  }
  SourceContent content;
  content.crossed = std::move(keys);
  content.hash_key = hash_key.value_or(0) != 0 ? *hash_key : kDefaultCrossKey;
  return {name, DType::int64,
          IdSource{.kind = IdKind::crossed,
                   .rows = hash_bucket_size,
                   .buckets = FastModulo(static_cast<std::uint64_t>(hash_bucket_size))},
          std::move(content)};
}

namespace {

/// One of the keys: a name, or an object of a name and a dtype.
FeatureKey read_key(const JsonObject& object, const JsonValue& value, std::size_t i) {
  if (value.kind == JsonValue::Kind::string) return {value.text};
  const std::string place = json_pointer(object.place("keys"), i);
  if (value.kind != JsonValue::Kind::object) {
    throw InvalidArgument(json_complaint(
        place, R"(keys: must be names, or objects such as {"key": "n", "dtype": "int64"}, got )" +
                   json_shown(value)));
  }
  if (value.find("type") != nullptr) {
    throw InvalidArgument(json_complaint(
        place,
        "keys: got a column, expected the name of a feature, or an object of key and dtype; "
        "ids are not crossed, since values that share a bucket would share all crosses"));
  }
  const JsonObject key(value, place, {"key", "dtype"});
  DType dtype = DType::string;
  key.read("dtype", dtype, kDTypeWords);
  return {key.string("key", key.require("key")), dtype};
}

}  // namespace

CategoricalColumn read_crossed(const JsonObject& object, const std::string& /*key*/,
                               DType /*dtype*/) {
  const JsonValue& keys = object.require("keys");
  if (keys.kind != JsonValue::Kind::array) {
    object.refuse("keys", keys, "an array of two or more features");
  }
  std::vector<FeatureKey> features;
  for (const JsonValue& key : keys.values) {
    features.push_back(read_key(object, key, features.size()));
  }
  const std::int64_t size = object.integer("hash_bucket_size", object.require("hash_bucket_size"),
                                           "an integer 2 ... 9223372036854775807");
  std::optional<std::uint64_t> hash_key;
  if (const JsonValue* found = object.find_unless_null("hash_key")) {
    if (found->kind == JsonValue::Kind::string) {
      hash_key = detail::number_in<std::uint64_t>(found->text);
    }
    if (!hash_key) {
      object.refuse("hash_key", *found,
                    "null or an integer 0 ... 18446744073709551615 as a string, such as \"133\"");
    }
  }
  return made_at(object.place(),
                 [&] { return sequence_crossed_column(std::move(features), size, hash_key); });
}

std::string write_crossed(const CategoricalColumn& column) {
  const SourceContent& content = column.content();
  std::string keys;
  for (const auto& [key, dtype] : content.crossed) {
    keys += concat(keys.empty() ? "" : ", ", R"({"key": )", json_string(key), R"(, "dtype": ")",
                   to_string(dtype), R"("})");
  }
  const std::string hash_key =
      content.hash_key == kDefaultCrossKey ? "null" : '"' + std::to_string(content.hash_key) + '"';
  return concat(R"("keys": [)", keys, R"(], "hash_bucket_size": )", column.rows(),
                R"(, "hash_key": )", hash_key);
}

}  // namespace seqfeat
