// SPDX-License-Identifier: Apache-2.0
#include "spec/vocabulary.hpp"

#include <algorithm>
#include <utility>

#include "backend/concat.hpp"
#include "backend/text.hpp"
#include "io/vocabulary_file.hpp"
#include "seqfeat/error.hpp"
#include "spec/json_text.hpp"
#include "spec/utf8.hpp"

namespace seqfeat {

using detail::concat;

namespace {

/// A slot names a word by 32 bits, of which one number says that it is free.
constexpr std::int64_t kMostWords = VocabularySlot::kFree - 1;

std::string of_key(const std::string& key) {
  return concat(" for key '", key, "'");
}

/// The column of `words` words with this content.
CategoricalColumn made(const CategoricalColumn& plain, std::int64_t words,
                       const VocabularyOptions& options, SourceContent content) {
  const std::string of = of_key(plain.key());
  if (words > kMostWords) {
    throw InvalidArgument(
        concat("vocabulary: got ", words, " words, expected at most ", kMostWords, of));
  }
  const std::int64_t others = options.num_oov_buckets;
  IdSource source{.kind = IdKind::vocabulary};
  if (others < 0 || __builtin_add_overflow(words, others, &source.rows)) {
    throw InvalidArgument(
        concat("num_oov_buckets: must be 0 ... ", INT64_MAX - words, ", got ", others, of));
  }
  source.words = words;
  source.default_id = options.default_value.value_or(-1);
  source.hashes_others = others > 0;
  if (others > 0) source.buckets = FastModulo(static_cast<std::uint64_t>(others));
  content.default_value = options.default_value;
  return {plain.key(), plain.dtype(), source, std::move(content)};
}

void refuse_default(const VocabularyOptions& options, const std::string& of) {
  throw InvalidArgument(concat("default_value: got ", *options.default_value, " beside ",
                               options.num_oov_buckets, " num_oov_buckets", of,
                               "; what is not in the vocabulary has a default or buckets"));
}

/// Throws if two of the words are one; `shown(i)` is how a message shows word i.
template <class Word, class Shown>
void check_words_differ(const std::vector<Word>& words, const std::string& of, const Shown& shown) {
  std::vector<std::size_t> order(words.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::sort(order.begin(), order.end(), [&words](std::size_t a, std::size_t b) {
    return words[a] != words[b] ? words[a] < words[b] : a < b;
  });
  const auto twice =
      std::adjacent_find(order.begin(), order.end(),
                         [&words](std::size_t a, std::size_t b) { return words[a] == words[b]; });
  if (twice == order.end()) return;
  throw InvalidArgument(concat("vocabulary_list: got ", shown(*twice), " at ", twice[0], " and ",
                               twice[1], of, "; a word has one place"));
}

template <class Word, class Shown>
CategoricalColumn list_of(std::string key, std::vector<Word> words,
                          std::vector<Word> SourceContent::*member, DType usual,
                          const VocabularyOptions& options, const Shown& shown) {
  const CategoricalColumn plain(std::move(key), options.dtype.value_or(usual), {});
  const std::string of = of_key(plain.key());
  if (words.empty()) throw InvalidArgument("vocabulary_list: must not be empty" + of);
  if (is_integer(plain.dtype()) != is_integer(usual)) {
    throw InvalidArgument(concat("dtype: must be that of the vocabulary_list, got ",
                                 to_string(plain.dtype()), of, " and ",
                                 is_integer(usual) ? "integers" : "strings"));
  }
  if (options.num_oov_buckets != 0 && options.default_value.value_or(-1) != -1) {
    refuse_default(options, of);
  }
  check_words_differ(words, of, [&](std::size_t i) { return shown(words[i]); });
  const std::int64_t size = std::ssize(words);
  SourceContent content;
  content.*member = std::move(words);
  VocabularyOptions with = options;
  with.default_value = options.default_value.value_or(-1);
  return made(plain, size, with, std::move(content));
}

/// The members that list and file share.
VocabularyOptions read_options(const JsonObject& object, DType dtype, bool null_default) {
  VocabularyOptions options{.dtype = dtype};
  const JsonValue* value =
      null_default ? object.find_unless_null("default_value") : object.find("default_value");
  if (value != nullptr) {
    options.default_value =
        object.integer("default_value", *value,
                       null_default ? "null or an integer of 64 bits" : "an integer of 64 bits");
  }
  if (const JsonValue* buckets = object.find("num_oov_buckets")) {
    options.num_oov_buckets = object.integer("num_oov_buckets", *buckets, "an integer >= 0");
  }
  return options;
}

std::string write_options(const CategoricalColumn& column) {
  const IdSource& source = column.source();
  const auto& value = column.content().default_value;
  return concat(R"("default_value": )", value ? std::to_string(*value) : "null",
                R"(, "num_oov_buckets": )", source.rows - source.words, ", ");
}

}  // namespace

CategoricalColumn sequence_categorical_column_with_vocabulary_list(
    std::string key, std::vector<std::string> vocabulary_list, const VocabularyOptions& options) {
  for (std::size_t i = 0; i < vocabulary_list.size(); ++i) {
    if (is_utf8(vocabulary_list[i])) continue;
    throw InvalidArgument(
        concat("vocabulary_list: must be UTF-8, got a malformed sequence in word ", i, of_key(key),
               "; a vocabulary_file takes any bytes"));
  }
  return list_of(std::move(key), std::move(vocabulary_list), &SourceContent::words, DType::string,
                 options, [](const std::string& word) { return "'" + shortened(word) + "'"; });
}

CategoricalColumn sequence_categorical_column_with_vocabulary_list(
    std::string key, std::vector<std::int64_t> vocabulary_list, const VocabularyOptions& options) {
  return list_of(std::move(key), std::move(vocabulary_list), &SourceContent::integers, DType::int64,
                 options, [](std::int64_t number) { return std::to_string(number); });
}

CategoricalColumn sequence_categorical_column_with_vocabulary_file(
    std::string key, std::string vocabulary_file, std::optional<std::int64_t> vocabulary_size,
    const VocabularyOptions& options) {
  const CategoricalColumn plain(std::move(key), options.dtype.value_or(DType::string), {});
  const std::string of = of_key(plain.key());
  if (vocabulary_file.empty()) throw InvalidArgument("vocabulary_file: must not be empty" + of);
  if (!is_utf8(vocabulary_file) || vocabulary_file.find('\0') != std::string::npos) {
    throw InvalidArgument("vocabulary_file: must be a path in UTF-8 without a zero byte" + of);
  }
  if (vocabulary_file.ends_with("tfrecord.gz")) {
    throw InvalidArgument(concat("vocabulary_file: got '", vocabulary_file, "'", of,
                                 ", expected a text of a word a line; TFRecords are not read"));
  }
  if (options.num_oov_buckets != 0 && options.default_value) refuse_default(options, of);
  const std::int64_t size =
      vocabulary_size ? *vocabulary_size : VocabularyFile(vocabulary_file).count(INT64_MAX).lines;
  if (size < 1) {
    throw InvalidArgument(concat("vocabulary_size: must be >= 1, got ", size,
                                 vocabulary_size ? "" : " lines in the file", of));
  }
  SourceContent content;
  content.vocabulary_file = std::move(vocabulary_file);
  content.vocabulary_size_given = vocabulary_size.has_value();
  return made(plain, size, options, std::move(content));
}

CategoricalColumn read_vocabulary_list(const JsonObject& object, const std::string& key,
                                       DType dtype) {
  const JsonValue& list = object.require("vocabulary_list");
  constexpr std::string_view kExpected = "a list of strings or of integers of 64 bits";
  if (list.kind != JsonValue::Kind::array) object.refuse("vocabulary_list", list, kExpected);
  const bool strings = list.values.empty() || list.values.front().kind == JsonValue::Kind::string;
  if (!strings && object.find("dtype") == nullptr) dtype = DType::int64;
  const VocabularyOptions options = read_options(object, dtype, false);
  std::vector<std::string> words;
  std::vector<std::int64_t> integers;
  for (const JsonValue& value : list.values) {
    if (strings && value.kind == JsonValue::Kind::string) {
      words.push_back(value.text);
      continue;
    }
    const auto number = !strings && value.kind == JsonValue::Kind::integer
                            ? detail::number_in<std::int64_t>(value.text)
                            : std::nullopt;
    if (!number) object.refuse("vocabulary_list", value, kExpected);
    integers.push_back(*number);
  }
  return made_at(object.place(), [&] {
    return strings
               ? sequence_categorical_column_with_vocabulary_list(key, std::move(words), options)
               : sequence_categorical_column_with_vocabulary_list(key, std::move(integers),
                                                                  options);
  });
}

std::string write_vocabulary_list(const CategoricalColumn& column) {
  std::string out = R"("vocabulary_list": [)";
  std::string_view separator;
  const auto add = [&](const std::string& word) {
    out.append(separator).append(word);
    separator = ", ";
  };
  for (const std::string& word : column.content().words) add(json_string(word));
  for (const std::int64_t number : column.content().integers) add(std::to_string(number));
  return out + "], " + write_options(column);
}

CategoricalColumn read_vocabulary_file(const JsonObject& object, const std::string& key,
                                       DType dtype) {
  const std::string& file = object.string("vocabulary_file", object.require("vocabulary_file"));
  std::optional<std::int64_t> size;
  if (const JsonValue* found = object.find_unless_null("vocabulary_size")) {
    size = object.integer("vocabulary_size", *found, "null or an integer >= 1");
  }
  const VocabularyOptions options = read_options(object, dtype, true);
  return made_at(object.place(), [&] {
    return sequence_categorical_column_with_vocabulary_file(key, file, size, options);
  });
}

std::string write_vocabulary_file(const CategoricalColumn& column) {
  const bool given = column.content().vocabulary_size_given;
  return concat(R"("vocabulary_file": )", json_string(column.content().vocabulary_file),
                R"(, "vocabulary_size": )", given ? std::to_string(column.source().words) : "null",
                ", ") +
         write_options(column);
}

}  // namespace seqfeat
