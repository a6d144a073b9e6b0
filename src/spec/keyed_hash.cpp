// SPDX-License-Identifier: Apache-2.0
#include "spec/keyed_hash.hpp"

#include <array>

#include "backend/concat.hpp"
#include "backend/text.hpp"
#include "seqfeat/error.hpp"
#include "spec/json_text.hpp"
#include "spec/utf8.hpp"

namespace seqfeat {

using detail::concat;
using detail::number_in;

namespace {

/// The value as messages show it.
std::string shown(const TokenValue& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return "'" + shortened(*text) + "'";
  if (const auto* number = std::get_if<std::int64_t>(&value)) return std::to_string(*number);
  return std::to_string(std::get<std::uint64_t>(value));
}

/// The bits of an integer of `dtype`; nothing if it is none.
std::optional<std::int64_t> bits_of(const TokenValue& value, DType dtype) {
  const auto* unsigned_one = std::get_if<std::uint64_t>(&value);
  if (unsigned_one != nullptr && *unsigned_one > std::uint64_t{INT64_MAX}) {
    if (dtype != DType::uint64) return std::nullopt;
    return static_cast<std::int64_t>(*unsigned_one);
  }
  const std::int64_t number = unsigned_one != nullptr ? static_cast<std::int64_t>(*unsigned_one)
                                                      : std::get<std::int64_t>(value);
  if (number < least_of(dtype) || number > largest_of(dtype)) return std::nullopt;
  return number;
}

/// The integer of a JSON number, in the type that holds it.
std::optional<TokenValue> integer_in(const JsonValue& value) {
  if (value.kind != JsonValue::Kind::integer) return std::nullopt;
  if (const auto number = number_in<std::int64_t>(value.text)) return *number;
  if (const auto number = number_in<std::uint64_t>(value.text)) return *number;
  return std::nullopt;
}

}  // namespace

IdSource hash_source(std::int64_t buckets, DType dtype, const HashBucketOptions& options,
                     std::string_view of) {
  IdSource source;
  source.rows = buckets;
  if (options.salt) {
    source.salted = true;
    source.salt = *options.salt;
  }
  if (options.mask_value) {
    const TokenValue& value = *options.mask_value;
    if (std::holds_alternative<std::string>(value) == is_integer(dtype)) {
      throw InvalidArgument(concat("mask_value: must be a ",
                                   is_integer(dtype) ? "number" : "string", " as tokens of ",
                                   to_string(dtype), " are, got ", shown(value), of));
    }
    if (is_integer(dtype)) {
      const auto bits = bits_of(value, dtype);
      if (!bits) {
        throw InvalidArgument(concat("mask_value: must be an integer in the range of ",
                                     to_string(dtype), ", got ", shown(value), of));
      }
      source.masked = *bits;
      source.masked_huge = dtype == DType::uint64 && *bits < 0;
    }
    source.masks = buckets > 1;
  }
  source.buckets = FastModulo(static_cast<std::uint64_t>(buckets - (source.masks ? 1 : 0)));
  if (source.salted || source.masks) source.kind = IdKind::keyed_hash;
  return source;
}

SourceContent content_of(const HashBucketOptions& options, const std::string& of) {
  const auto* text = options.mask_value ? std::get_if<std::string>(&*options.mask_value) : nullptr;
  if (text == nullptr) return {};
  if (const std::size_t good = utf8_prefix(*text); good != text->size()) {
    throw InvalidArgument(concat("mask_value: must be UTF-8, got a malformed sequence at byte ",
                                 good, " of ", text->size(), of));
  }
  SourceContent content;
  content.mask_value = *text;
  return content;
}

HashBucketOptions read_hash_options(const JsonObject& object, DType dtype) {
  HashBucketOptions options;
  if (const JsonValue* salt = object.find_unless_null("salt")) {
    constexpr std::string_view kExpected =
        R"(null or two integers 0 ... 18446744073709551615 as strings, such as ["133", "137"])";
    if (salt->kind != JsonValue::Kind::array || salt->values.size() != 2) {
      object.refuse("salt", *salt, kExpected);
    }
    std::array<std::uint64_t, 2> parts{};
    for (std::size_t i = 0; i < parts.size(); ++i) {
      const JsonValue& part = salt->values[i];
      const auto number =
          part.kind == JsonValue::Kind::string ? number_in<std::uint64_t>(part.text) : std::nullopt;
      if (!number) object.refuse("salt", part, kExpected);
      parts.at(i) = *number;
    }
    options.salt = HashKey{parts[0], parts[1]};
  }
  if (const JsonValue* mask = object.find_unless_null("mask_value")) {
    if (!is_integer(dtype)) {
      options.mask_value = object.string("mask_value", *mask);
    } else {
      options.mask_value = integer_in(*mask);
      if (!options.mask_value) {
        object.refuse("mask_value", *mask,
                      concat("null or an integer in the range of ", to_string(dtype)));
      }
    }
  }
  return options;
}

std::string write_hash_options(const CategoricalColumn& column) {
  const IdSource& source = column.source();
  std::string out;
  if (source.salted) {
    out += concat(R"("salt": [")", source.salt.first, R"(", ")", source.salt.second, R"("], )");
  }
  if (source.masks) {
    out += R"("mask_value": )";
    if (!is_integer(column.dtype())) {
      out += json_string(column.content().mask_value);
    } else {
      out += source.masked_huge ? std::to_string(static_cast<std::uint64_t>(source.masked))
                                : std::to_string(source.masked);
    }
    out += ", ";
  }
  return out;
}

}  // namespace seqfeat
