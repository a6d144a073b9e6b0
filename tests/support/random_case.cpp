// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <atomic>
#include <charconv>
#include <fstream>
#include <limits>
#include <set>

#include "tests/support/reference.hpp"
#include "tests/support/temporary_directory.hpp"

namespace seqfeat::test {
namespace {

template <class Number>
Number parse(const Token& token) {
  Number value = 0;
  std::from_chars(token.data(), token.data() + token.size(), value);
  return value;
}

std::vector<float> random_table(Rng& rng, std::int64_t rows, std::int64_t dim) {
  std::vector<float> table(static_cast<std::size_t>(rows * dim));
  for (float& v : table) {
    v = rng.real();
    if (rng.once_in(50)) v = rng.pick({0.0F, -0.0F, 1e-40F, 3e38F});
    if (rng.once_in(500))
      v = rng.pick(
          {std::numeric_limits<float>::infinity(), std::numeric_limits<float>::quiet_NaN()});
  }
  return table;
}

/// A salt, a masked token that is a frequent one, or both.
HashBucketOptions random_hash_options(Rng& rng, DType dtype) {
  HashBucketOptions options;
  if (!rng.once_in(3)) options.salt = HashKey{rng.bits(), rng.bits()};
  if (rng.once_in(3) && options.salt) return options;
  if (!is_integer(dtype)) {
    options.mask_value = rng.once_in(2) ? std::string() : rng.bytes(1);
    if (std::get<std::string>(*options.mask_value) > "\x7f") options.mask_value = "é";
  } else if (is_unsigned(dtype)) {
    options.mask_value = rng.pick<std::uint64_t>({0, 1, 3});
  } else {
    options.mask_value = rng.pick<std::int64_t>({0, 1, -1});
  }
  return options;
}

/// Some of the tokens that stand in the feature, and some that do not.
std::vector<Token> random_words(Rng& rng, const ListFeature& feature) {
  std::set<Token> words;
  const auto add = [&](const Token& token) {
    const bool is_line = !token.empty() && token.find('\n') == Token::npos && token.back() != '\r';
    if (is_integer(feature.dtype) ? std::stold(token) <= 9e18L : is_line) words.insert(token);
  };
  for (const Row& row : feature.rows) {
    for (const Step& step : row) {
      for (const Token& token : step) {
        if (rng.once_in(2)) add(token);
      }
    }
  }
  for (int more = 0; more < 3; ++more) add(random_token(rng, feature.dtype));
  words.insert(is_integer(feature.dtype) ? "7" : "word");
  std::vector<Token> out(words.begin(), words.end());
  std::swap(out.front(), out.back());
  return out;
}

/// A vocabulary column over the feature's tokens. Lines of a file may be any bytes.
CategoricalColumn random_vocabulary(Rng& rng, const std::string& key, const ListFeature& feature) {
  const std::vector<Token> words = random_words(rng, feature);
  VocabularyOptions options{.dtype = feature.dtype};
  if (rng.once_in(2)) {
    options.num_oov_buckets = rng.pick<std::int64_t>({1, 2, 7});
  } else if (rng.once_in(2)) {
    options.default_value = rng.between(0, std::ssize(words) - 1);
  }
  if (is_integer(feature.dtype) && rng.once_in(2)) {
    std::vector<std::int64_t> numbers;
    for (const Token& word : words) numbers.push_back(parse<std::int64_t>(word));
    return sequence_categorical_column_with_vocabulary_list(key, numbers, options);
  }
  static const TemporaryDirectory directory;
  static std::atomic<int> number = 0;
  const auto path = directory / std::to_string(number++);
  std::ofstream file(path, std::ios::binary);
  for (const Token& word : words) file << word << (rng.once_in(9) ? "\r\n" : "\n");
  file << "a line that does not count";
  file.close();
  return sequence_categorical_column_with_vocabulary_file(key, path.string(), std::ssize(words),
                                                          options);
}

CategoricalColumn random_categorical(Rng& rng, const std::string& key, const ListFeature& feature) {
  const DType dtype = feature.dtype;
  if (rng.once_in(5)) return random_vocabulary(rng, key, feature);
  const std::int64_t buckets = rng.pick<std::int64_t>({2, 3, 16, 17, 1000});
  const std::int64_t size = rng.once_in(4) ? std::min<std::int64_t>(buckets, 17) : buckets;
  if (rng.once_in(5)) {
    return sequence_categorical_column_with_hash_bucket(key, size, dtype,
                                                        random_hash_options(rng, dtype));
  }
  if (!is_integer(dtype) || rng.once_in(2)) {
    return sequence_categorical_column_with_hash_bucket(key, size, dtype);
  }
  // Without a default every value has to be below the end, as those of a byte are.
  if (size_of(dtype) == 1 && rng.once_in(2)) {
    return sequence_categorical_column_with_identity(key, is_unsigned(dtype) ? 256 : 128,
                                                     std::nullopt, dtype);
  }
  return sequence_categorical_column_with_identity(key, size, rng.between(0, size - 1), dtype);
}

Column random_column(Rng& rng, const std::string& key, const ListFeature& feature,
                     const CaseLimits& limits) {
  const CategoricalColumn categorical = random_categorical(rng, key, feature);
  if (rng.once_in(5) && categorical.rows() <= 17) return indicator_column(categorical);
  EmbeddingOptions options;
  options.combiner = rng.pick({Combiner::mean, Combiner::sum, Combiner::sqrtn});
  if (rng.once_in(4)) options.max_norm = rng.pick({0.0, 0.5, 1.0, 3.0});
  std::int64_t dimension = rng.between(1, limits.dimension);
  if (rng.once_in(6)) dimension = rng.pick<std::int64_t>({1, 3, 4, 10, 32, 37, 64, 128});
  if (rng.once_in(4)) {
    return shared_embedding_column(categorical, dimension, "table of " + key, options);
  }
  return embedding_column(categorical, dimension, options);
}

/// An embedding of `key` over a table that one of `columns` shares already, if there is one for
/// tokens of that type.
std::optional<Column> random_sharer(Rng& rng, const std::string& key, DType dtype,
                                    const std::vector<Column>& columns) {
  for (const Column& column : columns) {
    const auto* first = std::get_if<EmbeddingColumn>(&column);
    if (first == nullptr || !first->shared_table()) continue;
    const CategoricalColumn& categorical = first->categorical();
    if (categorical.dtype() != dtype || categorical.key() == key) continue;
    EmbeddingOptions options = first->options();
    options.combiner = rng.pick({Combiner::mean, Combiner::sum, Combiner::sqrtn});
    return shared_embedding_column({key, dtype, categorical.source(), categorical.content()},
                                   first->dimension(), first->table(), options);
  }
  return std::nullopt;
}

/// Numbers of a column of `width`: flat rows, or steps of at most so many.
ListFeature random_numbers(Rng& rng, std::int64_t width, bool flat,
                           const std::vector<std::int64_t>& lengths) {
  ListFeature feature{rng.pick({DType::float32, DType::float32, DType::float64}), {}};
  const auto number = [&] { return random_token(rng, DType::float32); };
  for (const std::int64_t length : lengths) {
    Row& row = feature.rows.emplace_back();
    if (flat && length > 0) {
      const std::int64_t count = (length - 1) * width + rng.between(1, width);
      for (std::int64_t i = 0; i < count; ++i) row.push_back({number()});
      continue;
    }
    for (std::int64_t t = 0; t < length; ++t) {
      // Two numbers at the end, so that these are not taken for flat rows; a hole elsewhere.
      const bool last = t + 1 == length;
      const std::int64_t least = last ? std::min<std::int64_t>(width, 2) : 0;
      Step& step = row.emplace_back();
      for (std::int64_t i = rng.between(least, width); i > 0; --i) step.push_back(number());
    }
  }
  return feature;
}

/// Weights for the values of `feature`: most of them are above 0.
ListFeature random_weights(Rng& rng, const ListFeature& feature) {
  ListFeature weights{rng.pick({DType::float32, DType::float32, DType::float64}), feature.rows};
  const bool positive = rng.once_in(2);
  for (Row& row : weights.rows) {
    for (Step& step : row) {
      for (Token& token : step) {
        token = random_token(rng, DType::float32);
        if (positive && token[0] == '-') token.erase(0, 1);
        if (!positive && rng.once_in(40)) token = "nan";
      }
    }
  }
  return weights;
}

/// An embedding of the same, weighted by a feature that is made where it is new.
Column weighted(Rng& rng, const EmbeddingColumn& embedding, Case& c) {
  const std::string key =
      "weights of " + embedding.categorical().key() + std::to_string(rng.between(0, 1));
  const auto [entry, is_new] = c.features.try_emplace(key);
  if (is_new) {
    entry->second = random_weights(rng, c.features.at(embedding.categorical().key()));
  }
  const auto categorical = sequence_weighted_categorical_column(embedding.categorical(), key);
  if (!embedding.shared_table()) {
    return embedding_column(categorical, embedding.dimension(), embedding.options());
  }
  return shared_embedding_column(categorical, embedding.dimension(), *embedding.shared_table(),
                                 embedding.options());
}

/// A numeric column, and its feature.
Column add_numeric(Rng& rng, const std::string& key, const CaseLimits& limits,
                   const std::vector<std::int64_t>& lengths, ListFeature& feature) {
  const auto shape = rng.pick<std::vector<std::int64_t>>({{1}, {1}, {2}, {3}, {2, 3}, {7}, {37}});
  const NumericColumn column = sequence_numeric_column(key, shape, rng.pick({0.0, 0.0, -1.0, 2.5}));
  const bool flat = rng.once_in(2) && (limits.flat_numbers || column.width() == 1);
  feature = random_numbers(rng, column.width(), flat, lengths);
  return column;
}

}  // namespace

ListFeature random_feature_like(Rng& rng, const Case& c, const std::string& key,
                                const CaseLimits& limits, std::vector<std::int64_t>& lengths) {
  for (const Column& column : c.columns) {
    const auto* numeric = std::get_if<NumericColumn>(&column);
    if (numeric == nullptr || numeric->key() != key) continue;
    return random_numbers(rng, numeric->width(), limits.flat_numbers, lengths);
  }
  for (const Column& column : c.columns) {
    const CategoricalColumn* categorical = find_categorical(column);
    if (categorical == nullptr || categorical->weight_key() != key) continue;
    return random_weights(rng, c.features.at(categorical->key()));
  }
  return random_feature(rng, c.features.at(key).dtype, limits, lengths);
}

namespace {

LayerOptions random_options(Rng& rng, const CaseLimits& limits) {
  LayerOptions options;
  options.padding_side = rng.pick({PaddingSide::right, PaddingSide::left});
  if (rng.once_in(4)) options.pad_to_multiple_of = rng.pick<std::int64_t>({2, 3, 8});
  if (!rng.once_in(3)) {
    options.max_length = rng.between(1, limits.steps + 2);
    options.truncation = rng.pick({Truncation::keep_first, Truncation::keep_last});
    options.padding = rng.pick({Padding::longest, Padding::max_length});
  }
  return options;
}

}  // namespace

Token random_token(Rng& rng, DType dtype) {
  switch (dtype) {
    case DType::string: {
      const auto size = rng.pick<std::int64_t>({0, 3, 7, 8, 16, 20, 32});
      return rng.once_in(20) ? rng.bytes(rng.between(0, 150)) : rng.bytes(rng.between(0, size));
    }
    case DType::int8:
      return std::to_string(static_cast<std::int8_t>(rng.bits()));
    case DType::int16:
      return std::to_string(static_cast<std::int16_t>(rng.integer()));
    case DType::int32:
      return std::to_string(static_cast<std::int32_t>(rng.integer()));
    case DType::int64:
      return std::to_string(static_cast<std::int64_t>(rng.integer()) * rng.pick({1, -1}));
    case DType::uint8:
      return std::to_string(static_cast<std::uint8_t>(rng.bits()));
    case DType::uint16:
      return std::to_string(static_cast<std::uint16_t>(rng.integer()));
    case DType::uint32:
      return std::to_string(static_cast<std::uint32_t>(rng.integer()));
    case DType::float32:
    case DType::float64: {
      std::array<char, 32> text;
      const float number = rng.once_in(20) ? rng.pick({0.0F, -0.0F, 1e-40F, 3e38F}) : rng.real();
      return {text.begin(), std::to_chars(text.begin(), text.end(), number).ptr};
    }
    case DType::uint64:
      break;
  }
  return std::to_string(rng.integer());
}

ListFeature random_feature(Rng& rng, DType dtype, const CaseLimits& limits,
                           std::vector<std::int64_t>& lengths) {
  const bool nested = !rng.once_in(3);
  ListFeature feature{dtype, {}};
  for (std::int64_t& length : lengths) {
    Row row;
    for (std::int64_t t = 0; t < length; ++t) {
      // The last step must have a value, else the row would be shorter.
      std::int64_t n = nested ? rng.between(t + 1 == length ? 1 : 0, limits.values) : 1;
      if (nested && rng.once_in(12)) n = rng.between(9, 40);
      Step step;
      for (std::int64_t i = 0; i < n; ++i) step.push_back(random_token(rng, dtype));
      row.push_back(step);
    }
    if (nested && rng.once_in(4)) row.resize(row.size() + 2);  // empty steps at the end
    feature.rows.push_back(row);
  }
  return feature;
}

Ragged ListFeature::pack() const {
  Ragged batch(dtype);
  for (const Row& row : rows) {
    for (const Step& step : row) {
      for (const Token& token : step) {
        if (is_float(dtype)) {
          batch.add_number(parse<double>(token));
        } else if (dtype == DType::string) {
          batch.add_value(std::string_view(token));
        } else if (is_unsigned(dtype)) {
          batch.add_value(parse<std::uint64_t>(token));
        } else {
          batch.add_value(parse<std::int64_t>(token));
        }
      }
      batch.end_step();
    }
    batch.end_row();
  }
  return batch;
}

Features Case::pack() const {
  Features packed;
  for (const auto& [key, feature] : features) packed.set(key, feature.pack());
  return packed;
}

SequenceFeatures Case::layer(const Backend& backend) const {
  SequenceFeatures made(columns, backend, options);
  for (const Column& column : columns) {
    const auto* embedding = std::get_if<EmbeddingColumn>(&column);
    if (embedding == nullptr) continue;
    made.bind(embedding->table(),
              TableView{tables.at(embedding->table()).data(), embedding->categorical().rows(),
                        embedding->dimension()});
  }
  return made;
}

namespace {

/// A column that crosses two or three of the case's features, which may be the same one; nothing
/// where it has none of tokens.
std::optional<Column> random_cross(Rng& rng, const Case& c, const CaseLimits& limits) {
  std::vector<FeatureKey> all;
  for (const auto& [key, feature] : c.features) {
    if (!is_float(feature.dtype)) all.emplace_back(key, feature.dtype);
  }
  if (all.empty()) return std::nullopt;
  // Steps of many values cross to many more.
  const std::size_t count = limits.values <= 2 && rng.once_in(3) ? 3 : 2;
  std::vector<FeatureKey> keys;
  while (keys.size() < count) {
    keys.push_back(all[static_cast<std::size_t>(rng.between(0, std::ssize(all) - 1))]);
  }
  std::optional<std::uint64_t> hash_key;
  if (rng.once_in(2)) hash_key = rng.bits();
  const CategoricalColumn cross =
      sequence_crossed_column(keys, rng.pick<std::int64_t>({2, 3, 17, 1000}), hash_key);
  if (rng.once_in(4) && cross.rows() <= 17) return indicator_column(cross);
  EmbeddingOptions options;
  options.combiner = rng.pick({Combiner::mean, Combiner::sum, Combiner::sqrtn});
  if (rng.once_in(4)) options.max_norm = rng.pick({0.5, 1.0});
  return embedding_column(cross, rng.between(1, limits.dimension), options);
}

/// Adds a column that is not there yet, and the table that it needs.
void add_column(Rng& rng, Case& c, const Column& column) {
  const bool known = std::any_of(c.columns.begin(), c.columns.end(), [&](const Column& other) {
    return name_of(other) == name_of(column);
  });
  if (known) return;
  if (const auto* embedding = std::get_if<EmbeddingColumn>(&column)) {
    std::vector<float>& table = c.tables[embedding->table()];
    if (table.empty()) {
      table = random_table(rng, embedding->categorical().rows(), embedding->dimension());
    }
  }
  c.columns.push_back(column);
}

}  // namespace

Case random_case(Rng& rng, const CaseLimits& limits) {
  Case c;
  c.options = random_options(rng, limits);
  std::vector<std::int64_t> lengths(static_cast<std::size_t>(rng.between(0, limits.rows)));
  for (std::int64_t& length : lengths) length = rng.once_in(5) ? 0 : rng.between(0, limits.steps);
  const std::int64_t columns = rng.between(1, limits.columns);
  for (std::int64_t k = 0; k < columns; ++k) {
    const std::string key = "key" + std::to_string(rng.between(0, columns));
    const auto [entry, is_new] = c.features.try_emplace(key);
    ListFeature& feature = entry->second;
    if (is_new && rng.once_in(5)) {
      c.columns.push_back(add_numeric(rng, key, limits, lengths, feature));
      continue;
    }
    if (is_float(feature.dtype)) continue;
    if (is_new) {
      feature = random_feature(
          rng,
          rng.pick({DType::string, DType::string, DType::int64, DType::uint64, DType::int8,
                    DType::int16, DType::int32, DType::uint8, DType::uint16, DType::uint32}),
          limits, lengths);
    }
    auto sharer = random_sharer(rng, key, feature.dtype, c.columns);
    const bool shares = sharer && rng.once_in(2);
    Column column = shares ? *std::move(sharer) : random_column(rng, key, feature, limits);
    const auto* unweighted = std::get_if<EmbeddingColumn>(&column);
    // A column of the same key, with other weights, may have taken the table's name.
    if (!shares && unweighted != nullptr && c.tables.contains(unweighted->table())) continue;
    if (unweighted != nullptr && rng.once_in(4)) column = weighted(rng, *unweighted, c);
    add_column(rng, c, column);
  }
  if (limits.crosses && rng.once_in(3)) {
    if (const auto cross = random_cross(rng, c, limits)) add_column(rng, c, *cross);
  }
  return c;
}

Case random_case_of_known_length(std::uint64_t seed) {
  Rng rng(seed);
  CaseLimits limits;
  limits.flat_numbers = false;
  limits.crosses = false;
  Case c = random_case(rng, limits);
  c.options.max_length = rng.between(1, 12);
  c.options.truncation = rng.pick({Truncation::keep_first, Truncation::keep_last});
  c.options.padding = Padding::max_length;
  return c;
}

}  // namespace seqfeat::test
