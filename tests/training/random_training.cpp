// SPDX-License-Identifier: Apache-2.0
#include "tests/training/random_training.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace seqfeat::test {
namespace {

/// Blocks of eight, level by level.
std::vector<float> tree(std::vector<std::vector<float>> rows) {
  while (rows.size() > 1) {
    std::vector<std::vector<float>> sums;
    for (std::size_t i = 0; i < rows.size(); i += 8) {
      std::vector<float> sum = rows[i];
      for (std::size_t j = i + 1; j < std::min(rows.size(), i + 8); ++j) {
        for (std::size_t d = 0; d < sum.size(); ++d) sum[d] = sum[d] + rows[j][d];
      }
      sums.push_back(std::move(sum));
    }
    rows = std::move(sums);
  }
  return rows.front();
}

float products(const std::vector<float>& a, const std::vector<float>& b) {
  const std::size_t whole = a.size() / 32 * 32;
  const std::size_t packets = a.size() / 8 * 8;
  float lane[32] = {};
  for (std::size_t d = 0; d < whole; ++d) lane[d % 32] = lane[d % 32] + a[d] * b[d];
  float p[8];
  for (std::size_t l = 0; l < 8; ++l) {
    p[l] = ((lane[l] + lane[l + 8]) + lane[l + 16]) + lane[l + 24];
    for (std::size_t d = whole + l; d < packets; d += 8) p[l] = p[l] + a[d] * b[d];
  }
  float tail = 0.0F;
  for (std::size_t d = packets; d < a.size(); ++d) tail = tail + a[d] * b[d];
  return tail + (((p[0] + p[4]) + (p[2] + p[6])) + ((p[1] + p[5]) + (p[3] + p[7])));
}

void through_max_norm(float c, const std::vector<float>& row, std::vector<float>& g) {
  const float sum = products(row, row);
  const float norm = sum > 0 ? std::sqrt(sum) : sum;
  if (norm < c) return;
  const float k = (c * products(g, row)) / (norm * norm);
  for (std::size_t d = 0; d < g.size(); ++d) g[d] = (c * g[d] - row[d] * k) / norm;
}

/// TensorFlow's order of additions over the values of a step.
float sum_of_step(const std::vector<float>& x) {
  const std::size_t n = x.size();
  const std::size_t first = std::min(n, n % 8 < 2 ? n % 8 + 8 : n % 8);
  float total = x[0];
  for (std::size_t i = 1; i < first; ++i) total = total + x[i];
  for (std::size_t i = first; i < n; i += 8) {
    float block = x[i];
    for (std::size_t j = i + 1; j < i + 8; ++j) block = block + x[j];
    total = total + block;
  }
  return total;
}

/// The factors of a step's values that have rows, by their weights; 0 where one is left out.
std::vector<float> factors_of(Combiner combiner, const std::vector<float>& weights) {
  if (combiner == Combiner::sum) return weights;
  std::vector<float> parts;
  for (const float w : weights) {
    if (w > 0) parts.push_back(combiner == Combiner::sqrtn ? w * w : w);
  }
  std::vector<float> factors(weights.size(), 0.0F);
  if (parts.empty()) return factors;
  const float sum = sum_of_step(parts);
  const float divisor = combiner == Combiner::sqrtn ? std::sqrt(sum) : sum;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    if (weights[i] > 0 && divisor > 0) factors[i] = weights[i] / divisor;
  }
  return factors;
}

/// The weights of the values of step `step` of the `count` that are kept of a row.
std::vector<float> weights_of(const RaggedView& view, const LayerOptions& options, std::int64_t row,
                              std::int64_t count, std::int64_t step) {
  const std::int64_t begin = view.row_offsets[row];
  const std::int64_t length = view.row_offsets[row + 1] - begin;
  const std::int64_t cut =
      options.truncation == Truncation::keep_last ? length - count : std::int64_t{0};
  const StepRange values = values_of_step(view, begin + cut + step);
  std::vector<float> weights;
  for (std::int64_t i = 0; i < values.count; ++i) {
    weights.push_back(float_at(view.data, view.dtype, values.begin + i));
  }
  return weights;
}

float scaled(Combiner combiner, std::int64_t n, float g) {
  if (n == 1 || combiner == Combiner::sum) return g;
  const auto count = static_cast<float>(n);
  const float m = combiner == Combiner::mean ? count : std::sqrt(count);
  return n < 10 ? g * (1.0F / m) : g / m;
}

}  // namespace

RandomTraining::RandomTraining(std::uint64_t seed, const Sizes& sizes)
    : random_(seed), sizes_(sizes) {
  for (int c = 0; c < sizes.columns; ++c) {
    const std::string key = "k" + std::to_string(1000 + c);
    const auto categorical = sequence_categorical_column_with_identity(
        key, 1 + below(sizes.buckets),
        below(2) == 0 ? std::nullopt : std::optional<std::int64_t>(0));
    if (c > 0 && below(6) == 0) {
      columns_.emplace_back(indicator_column(categorical));
      continue;
    }
    if (c > 0 && below(6) == 0) {
      columns_.emplace_back(sequence_numeric_column(key, {1 + below(3)}, 0.5));
      continue;
    }
    EmbeddingOptions options;
    options.combiner = static_cast<Combiner>(below(3));
    if (sizes.crosses && c > 0 &&
        below(6) == 0) {  // the first column's feature, crossed with another
      const FeatureKey first("k1000", DType::int64);
      const auto cross = sequence_crossed_column({first, {key, DType::int64}}, 2 + below(9));
      columns_.emplace_back(embedding_column(cross, 1 + below(sizes.dim), options));
      continue;
    }
    if (shared_ && below(3) == 0) {  // another column over the table that one has already
      options = shared_->options();
      options.combiner = static_cast<Combiner>(below(3));
      columns_.emplace_back(shared_embedding_column(
          maybe_weighted({key, DType::int64, shared_->categorical().source()}),
          shared_->dimension(), shared_->table(), options));
      continue;
    }
    if (below(3) == 0) options.max_norm = 0.25 * static_cast<double>(1 + below(6));
    options.trainable = c == 0 || below(5) != 0;
    const std::int64_t dim = 1 + below(sizes.dim);
    if (!shared_ && below(3) == 0) {
      shared_ = shared_embedding_column(maybe_weighted(categorical), dim, "shared", options);
      columns_.emplace_back(*shared_);
      continue;
    }
    columns_.emplace_back(embedding_column(maybe_weighted(categorical), dim, options));
  }
  if (below(2) == 0) options_.padding_side = PaddingSide::left;
  if (below(2) == 0) {
    options_.max_length = 1 + below(sizes.length);
    options_.truncation = below(2) == 0 ? Truncation::keep_first : Truncation::keep_last;
    if (below(2) == 0) options_.padding = Padding::max_length;
  }
  options_.pad_to_multiple_of = 1 + below(3);
}

CategoricalColumn RandomTraining::maybe_weighted(const CategoricalColumn& categorical) {
  if (below(4) != 0) return categorical;
  return sequence_weighted_categorical_column(categorical, categorical.key() + " weights");
}

/// Most of them above 0, and some powers of two, for which sums of two of them may be 0.
void RandomTraining::draw_weights(Ragged& feature, const Ragged& values) {
  feature.clear();
  const RaggedView view = values.view();
  for (std::int64_t row = 0; row < view.rows(); ++row) {
    for (auto step = view.row_offsets[row]; step < view.row_offsets[row + 1]; ++step) {
      for (std::int64_t i = values_of_step(view, step).count; i > 0; --i) {
        const double weight = 0.125 * static_cast<double>(below(24) - 4);
        feature.add_number(below(2) == 0 ? weight : weight * 0.7);
      }
      feature.end_step();
    }
    feature.end_row();
  }
}

void RandomTraining::draw_feature(Ragged& feature, const std::vector<std::int64_t>& lengths,
                                  std::int64_t buckets) {
  feature.clear();
  const bool single = sizes_.values == 1 || (!sizes_.nested && below(2) == 0);
  for (const std::int64_t length : lengths) {
    for (std::int64_t step = 0; step < length; ++step) {
      // A hole may stand anywhere but at the end.
      std::int64_t count = single ? 1 : below(sizes_.values + 1);
      if (step + 1 == length) count = std::max<std::int64_t>(count, 1);
      for (std::int64_t v = 0; v < count; ++v) {
        const bool first = static_cast<double>(below(1000)) < 1000 * sizes_.skew;
        const bool outside = below(8) == 0;  // no row, or the default
        feature.add_value(outside ? -1 : first ? 0 : below(buckets));
      }
      feature.end_step();
    }
    feature.end_row();
  }
}

void RandomTraining::draw_numbers(Ragged& feature, const std::vector<std::int64_t>& lengths,
                                  std::int64_t width) {
  feature.clear();
  for (const std::int64_t length : lengths) {
    for (std::int64_t step = 0; step < length; ++step) {
      for (std::int64_t v = 0; v < width; ++v) feature.add_number(static_cast<double>(below(9)));
      feature.end_step();
    }
    feature.end_row();
  }
}

Features RandomTraining::draw() {
  std::vector<std::int64_t> lengths(static_cast<std::size_t>(sizes_.rows));
  for (std::int64_t& length : lengths) length = below(sizes_.length + 1);
  Features views;
  for (const Column& column : columns_) {
    const CategoricalColumn* categorical = find_categorical(column);
    for (const auto& [key, dtype] : features_of(column)) {
      if (views.find(key) != nullptr) continue;
      Ragged& feature = features_.try_emplace(key, dtype).first->second;
      if (categorical != nullptr) {
        draw_feature(feature, lengths, categorical->rows());
      } else {
        draw_numbers(feature, lengths, width_of(column));
      }
      views.set(key, feature.view());
    }
    if (categorical == nullptr || !categorical->weighted()) continue;
    Ragged& weights =
        features_.try_emplace(categorical->weight_key(), DType::float32).first->second;
    draw_weights(weights, features_.at(categorical->key()));
    views.set(categorical->weight_key(), weights.view());
  }
  return views;
}

std::vector<float> RandomTraining::gradient(std::int64_t count) {
  std::normal_distribution<float> normal(0.0F, 1.0F);
  std::vector<float> numbers(static_cast<std::size_t>(count));
  for (float& number : numbers) number = normal(random_);
  return numbers;
}

std::map<std::string, PlainGradient> plain_gradients(const SequenceFeatures& layer,
                                                     const Features& features, const Batch& batch,
                                                     const std::vector<float>& gradient) {
  using Contributions = std::map<std::int64_t, std::vector<std::vector<float>>>;
  std::map<std::string, Contributions> of_tables;  // column behind column
  std::map<std::string, const EmbeddingColumn*> over;
  const bool left = layer.options().padding_side == PaddingSide::left;
  for (std::size_t c = 0; c < layer.columns().size(); ++c) {
    const auto* embedding = std::get_if<EmbeddingColumn>(&layer.columns()[c]);
    if (embedding == nullptr || !embedding->options().trainable) continue;
    const auto found = std::find_if(batch.ids().begin(), batch.ids().end(), [&](const auto& of) {
      return of.name == layer.slices()[c].name;
    });
    const ColumnIds& ids = *found;
    const auto dim = static_cast<std::size_t>(embedding->dimension());
    Contributions& contributions = of_tables[embedding->table()];
    over[embedding->table()] = embedding;
    for (std::int64_t row = 0; row < batch.rows(); ++row) {
      const std::int64_t begin = ids.row_offsets[static_cast<std::size_t>(row)];
      const std::int64_t count = ids.row_offsets[static_cast<std::size_t>(row) + 1] - begin;
      for (std::int64_t s = 0; s < count; ++s) {
        const std::int64_t t = left ? batch.padded_steps() - count + s : s;
        const std::int64_t slot = row * batch.padded_steps() + t;
        const float* from = gradient.data() + slot * layer.dim() + layer.slices()[c].offset;
        const auto step = static_cast<std::size_t>(begin + s);
        std::vector<std::int64_t> with_rows;
        std::vector<float> weights;
        const Combiner combiner = embedding->options().combiner;
        const std::string& key = embedding->categorical().weight_key();
        if (!key.empty()) weights = weights_of(*features.find(key), layer.options(), row, count, s);
        for (auto i = ids.step_offsets[step]; i < ids.step_offsets[step + 1]; ++i) {
          const std::int64_t id = ids.ids[static_cast<std::size_t>(i)];
          if (id >= 0) {
            with_rows.push_back(id);
          } else if (!key.empty()) {
            weights.erase(weights.begin() + std::ssize(with_rows));
          }
        }
        const std::vector<float> factors = factors_of(combiner, weights);
        for (std::size_t i = 0; i < with_rows.size(); ++i) {
          if (!key.empty() && combiner != Combiner::sum && factors[i] == 0) continue;
          std::vector<float> g(from, from + dim);
          for (float& x : g) {
            x = key.empty() ? scaled(combiner, std::ssize(with_rows), x) : x * factors[i];
          }
          contributions[with_rows[i]].push_back(std::move(g));
        }
      }
    }
  }
  std::map<std::string, PlainGradient> all;
  for (auto& [name, contributions] : of_tables) {
    const EmbeddingColumn& embedding = *over.at(name);
    const auto dim = static_cast<std::size_t>(embedding.dimension());
    const std::vector<float> table = floats_of(layer.backend(), layer.table(name));
    PlainGradient& out = all[name];
    for (auto& [id, rows] : contributions) {
      std::vector<float> sum = tree(std::move(rows));
      if (const auto max_norm = embedding.options().max_norm) {
        const float* row = table.data() + static_cast<std::size_t>(id) * dim;
        through_max_norm(static_cast<float>(*max_norm), {row, row + dim}, sum);
      }
      out[id] = std::move(sum);
    }
  }
  return all;
}

std::vector<float> plain_weight_gradients(const SequenceFeatures& layer, const Features& features,
                                          const Batch& batch, std::size_t c,
                                          const std::vector<float>& values,
                                          const std::vector<float>& gradient) {
  const auto& embedding = std::get<EmbeddingColumn>(layer.columns()[c]);
  const ColumnIds& ids = *std::find_if(batch.ids().begin(), batch.ids().end(), [&](const auto& of) {
    return of.name == layer.slices()[c].name;
  });
  const auto dim = static_cast<std::size_t>(embedding.dimension());
  const Combiner combiner = embedding.options().combiner;
  const bool sums = combiner == Combiner::sum;
  const bool left = layer.options().padding_side == PaddingSide::left;
  const RaggedView& of_weights = *features.find(embedding.categorical().weight_key());
  const std::vector<float> table = floats_of(layer.backend(), layer.table(embedding.table()));
  std::vector<float> out(ids.ids.size(), 0.0F);
  for (std::int64_t row = 0; row < batch.rows(); ++row) {
    const std::int64_t begin = ids.row_offsets[static_cast<std::size_t>(row)];
    const std::int64_t count = ids.row_offsets[static_cast<std::size_t>(row) + 1] - begin;
    for (std::int64_t s = 0; s < count; ++s) {
      const std::int64_t slot =
          row * batch.padded_steps() + (left ? batch.padded_steps() - count + s : s);
      const std::int64_t place = slot * layer.dim() + layer.slices()[c].offset;
      const auto step = static_cast<std::size_t>(begin + s);
      const auto first = static_cast<std::size_t>(ids.step_offsets[step]);
      const std::vector<float> weights = weights_of(of_weights, layer.options(), row, count, s);
      std::vector<float> parts;
      for (std::size_t i = 0; i < weights.size(); ++i) {
        if (ids.ids[first + i] < 0 || (!sums && !(weights[i] > 0))) continue;
        parts.push_back(combiner == Combiner::sqrtn ? weights[i] * weights[i] : weights[i]);
      }
      if (parts.empty()) continue;
      const float total = sum_of_step(parts);
      const float divisor = sums ? 1.0F : combiner == Combiner::mean ? total : std::sqrt(total);
      if (divisor == 0) continue;
      for (std::size_t i = 0; i < weights.size(); ++i) {
        const std::int64_t id = ids.ids[first + i];
        if (id < 0 || (!sums && !(weights[i] > 0))) continue;
        const float* from = table.data() + static_cast<std::size_t>(id) * dim;
        std::vector<float> a(from, from + dim);
        if (const auto max_norm = embedding.options().max_norm) {
          const auto limit = static_cast<float>(*max_norm);
          const float squares = products(a, a);
          const float norm = squares > 0 ? std::sqrt(squares) : squares;
          for (float& x : a) x = (x * limit) / (norm <= limit ? limit : norm);
        }
        const float* e = values.data() + place;
        const float* g = gradient.data() + place;
        const float scale = combiner == Combiner::sqrtn ? weights[i] / divisor : 1.0F;
        for (std::size_t d = 0; !sums && d < dim; ++d) a[d] = a[d] - e[d] * scale;
        const float sum = products(a, {g, g + dim});
        out[first + i] = sums ? sum : sum / divisor;
      }
    }
  }
  return out;
}

BatchSizes TrainingRun::larger(BatchSizes sizes, std::int64_t room) {
  return {sizes.rows * room,  sizes.steps * room,        sizes.tokens * room,
          sizes.bytes * room, sizes.padded_steps * room, -1};
}

TrainingRun::TrainingRun(const SequenceFeatures& layer, const Features& features, std::int64_t room)
    : plan_(layer.plan(larger(layer.measure(features), room), Emit::values, {.trains = true})),
      workspace_(layer.backend(), plan_, kHostStream) {
  const Backend& backend = layer.backend();
  const Buffer values(backend.memory(), plan_.values * 4, kHostStream);
  const Buffer lengths(backend.memory(), plan_.capacity.rows * 8, kHostStream);
  sizes_ = layer(features, {.values = values.data(), .lengths = lengths.as<std::int64_t>()},
                 workspace_, kHostStream);
  backend.synchronize(kHostStream);
  elements_ = sizes_.rows * sizes_.padded_steps * layer.dim();
}

std::vector<std::byte> downloaded(const Backend& backend, const void* data, std::int64_t bytes) {
  std::vector<std::byte> host(static_cast<std::size_t>(bytes));
  backend.copy(host.data(), data, bytes, kHostStream);
  backend.synchronize(kHostStream);
  return host;
}

std::vector<std::byte> downloaded(const Backend& backend, const TableView& table) {
  return downloaded(backend, table.data, table.rows * table.dim * size_of(table.type));
}

std::vector<float> floats_of(const Backend& backend, const TableView& table) {
  const std::vector<std::byte> bytes = downloaded(backend, table);
  std::vector<float> floats(bytes.size() / sizeof(float));
  std::memcpy(floats.data(), bytes.data(), bytes.size());
  return floats;
}

}  // namespace seqfeat::test
