// SPDX-License-Identifier: Apache-2.0
#include "bench/cpu/inputs.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <utility>

#include "bench/inputs.hpp"
#include "io/tfrecord_frame.hpp"
#include "wire/example_writer.hpp"

namespace seqfeat::bench {
namespace {

std::string frame(std::string_view record) {
  const auto text = [](auto number) {
    return std::string(reinterpret_cast<const char*>(&number), sizeof number);
  };
  const std::string length = text(std::uint64_t{record.size()});
  return length + text(masked_crc(length)) + std::string(record) + text(masked_crc(record));
}

/// Adds a tf.Example with one Feature.
void add_record(Records& all, std::string_view feature) {
  std::string map;
  wire::append_entry(map, "tokens", feature);
  wire::append_bytes(all.records.emplace_back(), 1, map);
  all.bytes += frame(all.records.back());
}

/// A random word out of a million, of 8 bytes.
std::string word(std::uint64_t seed, std::uint64_t index) {
  char text[16];
  std::snprintf(text, sizeof text, "w%07u",
                static_cast<unsigned>(random_bits(seed, index) % 1'000'000));
  return text;
}

EmbeddingTable made_table(std::int64_t rows, std::int64_t dim) {
  EmbeddingTable table(rows, dim);
  in_parallel(rows * dim, [data = table.data()](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) data[i] = static_cast<float>(i & 0xffff) * 0x1p-16F;
  });
  return table;
}

}  // namespace

Records set_mm(const CpuContext& context) {
  Records all;
  TfRecordReader reader(context.tokens);
  while (const auto record = reader.next()) {
    all.bytes += frame(*record);
    all.records.emplace_back(*record);
    if (context.scale < 1 && std::ssize(all.records) >= context.scaled(40'426, 16)) break;
  }
  return all;
}

Records w5(const CpuContext& context) {
  Records all;
  const std::int64_t rows = context.scaled(16'384, 16);
  std::uint64_t next = 0;
  for (std::int64_t row = 0; row < rows; ++row) {
    wire::ListWriter list;
    for (std::uint64_t left = 19 + random_bits(20, next++) % 7; left > 0; --left) {
      list.value(word(21, next++));
    }
    add_record(all, list.feature(wire::Kind::strings));
  }
  return all;
}

std::vector<std::int64_t> numbers(std::int64_t count) {
  std::vector<std::int64_t> all(static_cast<std::size_t>(count));
  in_parallel(count, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      const std::uint64_t bits = random_bits(18, static_cast<std::uint64_t>(i)) >> 11;
      const double digits = 18 * (static_cast<double>(bits) * 0x1p-53);
      all[static_cast<std::size_t>(i)] = static_cast<std::int64_t>(std::pow(10.0, digits));
    }
  });
  return all;
}

Records integers(const CpuContext& context) {
  Records all;
  all.spec = {{"tokens", DType::int64}};
  const std::int64_t rows = context.scaled(16'384, 16);
  const std::vector<std::int64_t> tokens = numbers(25 * rows);
  std::size_t next = 0;
  for (std::int64_t row = 0; row < rows; ++row) {
    wire::ListWriter list;
    const auto size = 19 + random_bits(20, static_cast<std::uint64_t>(row)) % 7;
    for (std::uint64_t i = 0; i < size; ++i) list.value(tokens[next++]);
    add_record(all, list.feature(wire::Kind::integers));
  }
  return all;
}

std::vector<Features> batches_of(const Records& records) {
  std::vector<Features> batches;
  const std::span all(records.records);
  for (std::size_t first = 0; first < all.size(); first += kBatchRows) {
    const auto size = std::min<std::size_t>(kBatchRows, all.size() - first);
    batches.push_back(parse_example(all.subspan(first, size), records.spec));
  }
  return batches;
}

void read_all(TfRecordReader reader, ExampleParser& parser) {
  for (std::int64_t row = 0; const auto record = reader.next(); ++row) {
    if (row % kBatchRows == 0) parser.clear();
    parser.add(*record, row);
  }
}

std::int64_t tokens_in(std::span<const Features> batches) {
  std::int64_t tokens = 0;
  for (const Features& batch : batches) tokens += batch.find("tokens")->value_count;
  return tokens;
}

Features words(std::int64_t rows, std::int64_t steps, std::int64_t columns) {
  Features features;
  for (std::int64_t column = 0; column < columns; ++column) {
    Ragged batch;
    std::uint64_t next = 0;
    for (std::int64_t row = 0; row < rows; ++row) {
      for (std::int64_t step = 0; step < steps; ++step) {
        batch.add_value(word(22 + static_cast<std::uint64_t>(column), next++));
        batch.end_step();
      }
      batch.end_row();
    }
    features.set("c" + std::to_string(column), std::move(batch));
  }
  return features;
}

std::vector<Column> columns_of(std::int64_t columns, std::int64_t buckets, std::int64_t dim) {
  std::vector<Column> all;
  for (std::int64_t column = 0; column < columns; ++column) {
    all.emplace_back(embedding_column(
        sequence_categorical_column_with_hash_bucket("c" + std::to_string(column), buckets), dim));
  }
  return all;
}

LayerRunner::LayerRunner(std::vector<Column> columns, const Backend& backend,
                         const LayerOptions& options)
    : layer_(std::move(columns), backend, options) {
  for (const Column& column : layer_.columns()) {
    const auto& embedding = std::get<EmbeddingColumn>(column);
    tables_.push_back(made_table(embedding.categorical().rows(), embedding.dimension()));
    layer_.bind(name_of(column), tables_.back().view());
  }
}

void LayerRunner::reserve(std::span<const Features> batches) {
  BatchSizes most;
  for (const Features& batch : batches) {
    const BatchSizes c = layer_.measure(batch);
    most = {std::max(most.rows, c.rows),
            std::max(most.steps, c.steps),
            std::max(most.tokens, c.tokens),
            std::max(most.bytes, c.bytes),
            std::max(most.padded_steps, c.padded_steps),
            std::max(most.ids, c.ids)};
  }
  const Plan plan = layer_.plan(most);
  const Backend& backend = layer_.backend();
  workspace_.emplace(backend, plan, kHostStream);
  values_ = Buffer(backend.memory(), plan.values * 4, kHostStream);
  lengths_ = Buffer(backend.memory(), most.rows * 8, kHostStream);
  mask_ = Buffer(backend.memory(), plan.mask, kHostStream);
  outputs_ = {values_.as<float>(), lengths_.as<std::int64_t>(), mask_.as<std::uint8_t>(), nullptr};
}

BatchSizes LayerRunner::run(const Features& batch) {
  return layer_(batch, outputs_, *workspace_, kHostStream);
}

Column tokens_column(std::int64_t dim, std::int64_t buckets) {
  return embedding_column(sequence_categorical_column_with_hash_bucket("tokens", buckets), dim);
}

}  // namespace seqfeat::bench
