// SPDX-License-Identifier: Apache-2.0
#include "tests/support/reference.hpp"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstring>
#include <fstream>
#include <sstream>

namespace seqfeat::test {
namespace {

/// TensorFlow's CPU order of additions over the rows of one step, element by element.
std::vector<float> sum_by_lists(const std::vector<std::vector<float>>& rows, Combiner combiner) {
  const std::size_t n = rows.size();
  if (n == 1) return rows[0];
  const auto add = [](std::vector<float>& to, const std::vector<float>& v) {
    for (std::size_t d = 0; d < to.size(); ++d) to[d] += v[d];
  };
  const std::size_t first = n % 8 < 2 ? n % 8 + 8 : n % 8;
  std::vector<float> total = rows[0];
  for (std::size_t i = 1; i < std::min(first, n); ++i) add(total, rows[i]);
  const float m = combiner == Combiner::mean
                      ? static_cast<float>(n)
                      : static_cast<float>(std::sqrt(static_cast<double>(n)));
  if (combiner != Combiner::sum && n < 10) {
    for (float& v : total) v *= 1.0F / m;
  }
  for (std::size_t i = first; i < n; i += 8) {
    std::vector<float> block = rows[i];
    for (std::size_t j = 1; j < 8; ++j) add(block, rows[i + j]);
    add(total, block);
  }
  if (combiner != Combiner::sum && n >= 10) {
    for (float& v : total) v /= m;
  }
  return total;
}

/// TensorFlow's clip_by_norm with Eigen's order of the sum of squares in packets of eight.
void clip_by_lists(std::vector<float>& row, float limit) {
  float packets[4][8] = {};
  std::size_t at = 0;
  for (; at + 32 <= row.size(); at += 32) {
    for (std::size_t k = 0; k < 32; ++k) packets[k / 8][k % 8] += row[at + k] * row[at + k];
  }
  for (std::size_t q = 1; q < 4; ++q) {
    for (std::size_t l = 0; l < 8; ++l) packets[0][l] += packets[q][l];
  }
  for (; at + 8 <= row.size(); at += 8) {
    for (std::size_t l = 0; l < 8; ++l) packets[0][l] += row[at + l] * row[at + l];
  }
  float tail = 0;
  for (; at < row.size(); ++at) tail += row[at] * row[at];
  const float* p = packets[0];
  const float total = tail + (((p[0] + p[4]) + (p[2] + p[6])) + ((p[1] + p[5]) + (p[3] + p[7])));
  const float norm = total > 0 ? std::sqrt(total) : total;
  for (float& v : row) v = v * limit / std::max(norm, limit);
}

std::int64_t length_of(const Row& row) {
  for (std::size_t t = row.size(); t > 0; --t) {
    if (!row[t - 1].empty()) return static_cast<std::int64_t>(t);
  }
  return 0;
}

/// The row's steps after truncation.
Row kept(Row row, const LayerOptions& options) {
  row.resize(static_cast<std::size_t>(length_of(row)));
  if (options.max_length) {
    while (std::ssize(row) > *options.max_length) {
      row.erase(options.truncation == Truncation::keep_last ? row.begin() : row.end() - 1);
    }
  }
  return row;
}

std::int64_t keyed_id_by_lists(const CategoricalColumn& column, const Token& token) {
  const IdSource& source = column.source();
  auto buckets = static_cast<std::uint64_t>(column.rows());
  if (source.masks) {
    const std::string masked = !is_integer(column.dtype()) ? column.content().mask_value
                               : source.masked_huge
                                   ? std::to_string(static_cast<std::uint64_t>(source.masked))
                                   : std::to_string(source.masked);
    if (token == masked) return 0;
    --buckets;
  }
  const std::uint64_t hash = source.salted ? siphash64(token, source.salt) : fingerprint64(token);
  return static_cast<std::int64_t>(hash % buckets) + (source.masks ? 1 : 0);
}

/// The words of a vocabulary as tokens.
std::vector<Token> words_of(const CategoricalColumn& column) {
  std::vector<Token> words = column.content().words;
  for (const std::int64_t number : column.content().integers)
    words.push_back(std::to_string(number));
  if (column.content().vocabulary_file.empty()) return words;
  std::ifstream file(column.content().vocabulary_file, std::ios::binary);
  for (std::string line; std::getline(file, line);) {
    if (line.ends_with('\r')) line.pop_back();
    words.push_back(line);
  }
  words.resize(static_cast<std::size_t>(column.source().words));
  return words;
}

std::int64_t vocabulary_id_by_lists(const CategoricalColumn& column, const Token& token) {
  thread_local std::map<std::string, std::vector<Token>> files;  // which stay as they are
  std::vector<Token>& words = files[column.content().vocabulary_file];
  if (words.empty() || column.content().vocabulary_file.empty()) words = words_of(column);
  const auto found = std::find(words.begin(), words.end(), token);
  if (found != words.end()) return found - words.begin();
  const std::int64_t others = column.rows() - std::ssize(words);
  if (others == 0) return column.source().default_id;
  return std::ssize(words) +
         static_cast<std::int64_t>(fingerprint64(token) % static_cast<std::uint64_t>(others));
}

/// The 64 bits of a token that a cross hashes.
std::uint64_t crossed_bits(const Token& token, DType dtype) {
  if (!is_integer(dtype)) return fingerprint64(token);
  return token[0] == '-' ? static_cast<std::uint64_t>(std::stoll(token)) : std::stoull(token);
}

/// Adds the ids of all combinations of `steps[k]`, `steps[k + 1]`, ... to a step, as tokens.
void cross_by_lists(const CategoricalColumn& column, const std::vector<const Step*>& steps,
                    std::size_t k, std::uint64_t hash, Step& to) {
  if (k == steps.size()) {
    to.push_back(std::to_string(hash % static_cast<std::uint64_t>(column.rows())));
    return;
  }
  for (const Token& token : *steps[k]) {
    const std::uint64_t bits = crossed_bits(token, column.content().crossed[k].dtype);
    cross_by_lists(column, steps, k + 1, fingerprint_cat64(hash, bits), to);
  }
}

/// The rows of a cross, whose tokens are ids. A step that an operand does not have is empty.
std::vector<Row> crossed_rows(const Case& c, const CategoricalColumn& column) {
  static const Step kNothing;
  const std::vector<FeatureKey>& keys = column.content().crossed;
  std::vector<Row> rows(c.features.at(keys[0].key).rows.size());
  for (std::size_t b = 0; b < rows.size(); ++b) {
    rows[b].resize(c.features.at(keys[0].key).rows[b].size());
    for (std::size_t t = 0; t < rows[b].size(); ++t) {
      std::vector<const Step*> steps;
      for (const FeatureKey& key : keys) {
        const Row& row = c.features.at(key.key).rows[b];
        steps.push_back(t < row.size() ? &row[t] : &kNothing);
      }
      cross_by_lists(column, steps, 0, column.content().hash_key, rows[b][t]);
    }
  }
  return rows;
}

/// The rows that a column reads.
std::vector<Row> rows_of_column(const Case& c, const Column& column) {
  const CategoricalColumn* categorical = find_categorical(column);
  if (categorical != nullptr && categorical->source().kind == IdKind::crossed) {
    return crossed_rows(c, *categorical);
  }
  return rows_of(c, key_of(column));
}

/// The id of a token by the rules of its column, in arithmetic that is wide enough for all of them.
std::int64_t id_by_lists(const CategoricalColumn& column, const Token& token) {
  const auto rows = static_cast<std::uint64_t>(column.rows());
  if (column.source().kind == IdKind::hash_bucket) {
    return static_cast<std::int64_t>(fingerprint64(token) % rows);
  }
  if (column.source().kind == IdKind::crossed) return std::stoll(token);  // it is one
  if (column.source().kind == IdKind::keyed_hash) return keyed_id_by_lists(column, token);
  if (column.source().kind == IdKind::vocabulary) return vocabulary_id_by_lists(column, token);
  const bool negative = token[0] == '-';
  const std::uint64_t magnitude = std::stoull(token.substr(negative ? 1 : 0));
  if (!negative && magnitude < rows) return static_cast<std::int64_t>(magnitude);
  if (column.source().default_id >= 0) return column.source().default_id;
  if (!negative) return static_cast<std::int64_t>(std::min<std::uint64_t>(magnitude, INT64_MAX));
  return static_cast<std::int64_t>(0 - magnitude);
}

float number_from(const Token& token) {
  float number = 0;
  std::from_chars(token.data(), token.data() + token.size(), number);
  return number;
}

/// `weights` are those of the step's values, of a weighted column.
std::vector<float> vector_of(const Case& c, const Column& column, const Step& step,
                             const Step& weights, std::vector<std::int64_t>& ids) {
  if (const auto* numeric = std::get_if<NumericColumn>(&column)) {
    std::vector<float> numbers(static_cast<std::size_t>(numeric->width()),
                               static_cast<float>(numeric->default_value()));
    std::transform(step.begin(), step.end(), numbers.begin(), number_from);
    return numbers;
  }
  const std::int64_t count = categorical_of(column).rows();
  std::vector<float> out(static_cast<std::size_t>(width_of(column)));
  std::vector<std::vector<float>> rows;
  std::vector<float> weight_of_row;
  for (std::size_t i = 0; i < step.size(); ++i) {
    const std::int64_t id = id_by_lists(categorical_of(column), step[i]);
    ids.push_back(id);
    if (id < 0 || id >= count) continue;
    if (std::holds_alternative<IndicatorColumn>(column)) out[static_cast<std::size_t>(id)] += 1.0F;
    if (const auto* embedding = std::get_if<EmbeddingColumn>(&column)) {
      const float* row = c.tables.at(embedding->table()).data() + id * embedding->dimension();
      rows.emplace_back(row, row + embedding->dimension());
      if (!weights.empty()) weight_of_row.push_back(number_from(weights.at(i)));
    }
  }
  if (rows.empty()) return out;
  const EmbeddingOptions& options = std::get<EmbeddingColumn>(column).options();
  if (weights.empty()) return combine_by_lists(rows, options.combiner, options.max_norm);
  const auto sum =
      combine_weighted_by_lists(rows, weight_of_row, options.combiner, options.max_norm);
  return sum.empty() ? out : sum;
}

}  // namespace

std::vector<float> combine_by_lists(std::vector<std::vector<float>> rows, Combiner combiner,
                                    std::optional<double> max_norm) {
  if (max_norm) {
    for (std::vector<float>& row : rows) clip_by_lists(row, static_cast<float>(*max_norm));
  }
  return sum_by_lists(rows, combiner);
}

std::vector<float> combine_weighted_by_lists(std::vector<std::vector<float>> rows,
                                             std::vector<float> weights, Combiner combiner,
                                             std::optional<double> max_norm) {
  std::vector<std::vector<float>> products;
  std::vector<std::vector<float>> parts;  // of the divisor
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const float w = weights[i];
    if (combiner != Combiner::sum && !(w > 0)) continue;
    if (max_norm) clip_by_lists(rows[i], static_cast<float>(*max_norm));
    for (float& v : rows[i]) v *= w;
    products.push_back(rows[i]);
    parts.push_back({combiner == Combiner::sqrtn ? w * w : w});
  }
  if (products.empty()) return {};
  std::vector<float> total = sum_by_lists(products, Combiner::sum);
  if (combiner == Combiner::sum) return total;
  float divisor = sum_by_lists(parts, Combiner::sum)[0];
  if (combiner == Combiner::sqrtn) divisor = std::sqrt(divisor);
  if (divisor == 0) return {};
  for (float& v : total) v /= divisor;
  return total;
}

std::vector<Row> rows_of(const Case& c, const std::string& key) {
  const std::vector<Row>& rows = c.features.at(key).rows;
  std::int64_t numbers = 1;
  for (const Column& column : c.columns) {
    const auto* numeric = std::get_if<NumericColumn>(&column);
    if (numeric != nullptr && numeric->key() == key) numbers = numeric->width();
  }
  if (numbers == 1) return rows;
  std::vector<Row> grouped;
  for (const Row& row : rows) {
    Row& steps = grouped.emplace_back();
    if (std::any_of(row.begin(), row.end(), [](const Step& step) { return step.size() != 1; })) {
      steps = row;
      continue;
    }
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (static_cast<std::int64_t>(i) % numbers == 0) steps.emplace_back();
      steps.back().push_back(row[i].front());
    }
  }
  return grouped;
}

Answer answer_by_lists(const Case& c) {
  std::vector<Column> columns = c.columns;
  std::sort(columns.begin(), columns.end(),
            [](const Column& a, const Column& b) { return name_of(a) < name_of(b); });
  std::int64_t dim = 0;
  for (const Column& column : columns) dim += width_of(column);

  Answer answer;
  std::int64_t longest = 0;
  for (const Row& row : rows_of_column(c, columns[0])) {
    answer.lengths.push_back(std::ssize(kept(row, c.options)));
    longest = std::max(longest, answer.lengths.back());
  }
  answer.rows = std::ssize(answer.lengths);
  std::int64_t width = c.options.padding == Padding::max_length ? *c.options.max_length : longest;
  while (width % c.options.pad_to_multiple_of != 0) ++width;
  answer.width = width;
  answer.values.assign(static_cast<std::size_t>(answer.rows * width * dim), 0.0F);
  answer.mask.assign(static_cast<std::size_t>(answer.rows * width), 0);

  std::int64_t offset = 0;
  for (const Column& column : columns) {
    const auto rows = rows_of_column(c, column);
    const CategoricalColumn* categorical = find_categorical(column);
    const bool weighted = categorical != nullptr && categorical->weighted();
    std::vector<std::int64_t> no_ids;
    const auto* numeric = std::get_if<NumericColumn>(&column);
    auto& ids = numeric == nullptr ? answer.ids[name_of(column)] : no_ids;
    for (std::size_t at = 0; numeric != nullptr && at < answer.values.size(); ++at) {
      const auto d = static_cast<std::int64_t>(at) % dim - offset;
      if (d < 0 || d >= numeric->width()) continue;
      answer.values[at] = static_cast<float>(numeric->default_value());
    }
    for (std::size_t b = 0; b < rows.size(); ++b) {
      const Row row = kept(rows[b], c.options);
      const Row weights =
          weighted ? kept(c.features.at(categorical->weight_key()).rows[b], c.options) : Row();
      const std::int64_t shift =
          c.options.padding_side == PaddingSide::left ? width - std::ssize(row) : 0;
      for (std::size_t t = 0; t < row.size(); ++t) {
        const std::int64_t slot =
            static_cast<std::int64_t>(b) * width + shift + static_cast<std::int64_t>(t);
        const auto vector = vector_of(c, column, row[t], weighted ? weights[t] : Step(), ids);
        std::copy(vector.begin(), vector.end(), answer.values.begin() + slot * dim + offset);
        answer.mask[static_cast<std::size_t>(slot)] = 1;
      }
    }
    offset += width_of(column);
  }
  return answer;
}

std::string difference(std::span<const float> got, std::span<const float> expected) {
  std::ostringstream out;
  if (got.size() != expected.size()) {
    out << "got " << got.size() << " values, expected " << expected.size();
    return out.str();
  }
  for (std::size_t i = 0; i < got.size(); ++i) {
    if (std::bit_cast<std::uint32_t>(got[i]) == std::bit_cast<std::uint32_t>(expected[i])) continue;
    if (std::isnan(got[i]) && std::isnan(expected[i])) continue;
    out.precision(9);
    out << "values[" << i << "] is " << got[i] << ", expected " << expected[i];
    return out.str();
  }
  return "";
}

std::string difference(const Batch& batch, const Answer& expected) {
  std::ostringstream out;
  if (batch.rows() != expected.rows || batch.padded_steps() != expected.width) {
    out << "shape [" << batch.rows() << ", " << batch.padded_steps() << "], expected ["
        << expected.rows << ", " << expected.width << "]";
    return out.str();
  }
  if (!std::equal(batch.lengths().begin(), batch.lengths().end(), expected.lengths.begin(),
                  expected.lengths.end())) {
    return "lengths differ";
  }
  if (!std::equal(batch.mask().begin(), batch.mask().end(), expected.mask.begin(),
                  expected.mask.end())) {
    return "mask differs";
  }
  for (const ColumnIds& column : batch.ids()) {
    if (column.ids != expected.ids.at(column.name)) return "ids of " + column.name + " differ";
  }
  return difference(batch.values(), expected.values);
}

}  // namespace seqfeat::test
