// SPDX-License-Identifier: Apache-2.0
// Goes through everything that has code for vectors, by the public interface only, and prints a
// checksum of all results. traps.py runs it.
#include <cstdio>
#include <span>
#include <string>
#include <vector>

#include "seqfeat/seqfeat.hpp"
#include "tests/support/example_bytes.hpp"
#include "tests/support/random.hpp"

namespace seqfeat::test {
namespace {

std::uint32_t checksum = 0;

template <class T>
void add(std::span<const T> results) {
  checksum = crc32c(std::as_bytes(results), checksum);
}

template <class Id>
void hash_all(const Backend& backend, const ValuesView& values) {
  std::vector<Id> ids(static_cast<std::size_t>(values.count));
  hash(backend, values, 1'000'003, ids.data(), kHostStream);
  add(std::span<const Id>(ids));
}

/// Strings of one size in a row, those of `first` bytes before others, and of mixed sizes.
void use_hashing_of_strings(const Backend& backend, std::int64_t first) {
  Rng rng(static_cast<std::uint64_t>(first));
  std::string bytes;
  std::vector<std::int64_t> wide{0};
  const auto add_string = [&](std::int64_t size) {
    bytes += rng.bytes(size);
    wide.push_back(std::ssize(bytes));
  };
  for (int i = 0; i < 20; ++i) add_string(first);
  for (std::int64_t size = 0; size <= 300; size += size < 70 ? 1 : 23) {
    for (int i = 0; i < 20; ++i) add_string(size);
  }
  for (int i = 0; i < 1000; ++i) add_string(rng.between(0, i % 50 == 0 ? 300 : 40));
  const std::vector<std::int32_t> narrow(wide.begin(), wide.end());
  for (const Offsets offsets : {offsets_of(wide), offsets_of(narrow)}) {
    const ValuesView strings{DType::string, bytes.data(), offsets, std::ssize(wide) - 1,
                             std::ssize(bytes)};
    hash_all<std::int64_t>(backend, strings);
    hash_all<std::int32_t>(backend, strings);
  }
}

void use_hashing_of_integers(const Backend& backend) {
  Rng rng(1);
  std::vector<std::uint64_t> integers;
  for (int i = 0; i < 1000; ++i) integers.push_back(rng.integer());
  for (const DType dtype : {DType::int8, DType::int16, DType::int32, DType::int64, DType::uint8,
                            DType::uint16, DType::uint32, DType::uint64}) {
    const ValuesView values{dtype, integers.data(), {}, std::ssize(integers), 0};
    hash_all<std::int64_t>(backend, values);
    hash_all<std::int32_t>(backend, values);
  }
}

/// Words of a vocabulary and others, short and long, with offsets of both widths.
void use_looking_up(const Backend& backend) {
  Rng rng(7);
  std::vector<std::string> words;
  for (std::size_t i = 0; i < 100; ++i) {
    words.push_back(std::to_string(i) + std::string(i % 40, 'x'));
  }
  std::string bytes;
  std::vector<std::int64_t> wide{0};
  for (int i = 0; i < 1000; ++i) {
    bytes += i % 3 == 0 ? rng.bytes(i % 20) : words[static_cast<std::size_t>(rng.between(0, 99))];
    wide.push_back(std::ssize(bytes));
  }
  const std::vector<std::int32_t> narrow(wide.begin(), wide.end());
  const std::vector<std::int64_t> row{0, 1000};
  const SequenceFeatures layer({sequence_categorical_column_with_vocabulary_list("k", words)},
                               backend);
  for (const Offsets offsets : {offsets_of(wide), offsets_of(narrow)}) {
    RaggedView view;
    view.row_offsets = offsets_of(row);
    view.byte_offsets = offsets;
    view.data = bytes.data();
    view.value_count = 1000;
    view.bytes = std::ssize(bytes);
    Features features;
    features.set("k", view);
    add(std::span<const std::int64_t>(layer(features, Emit::ids).ids()[0].ids));
  }
}

/// Records of a hundred rows, and views with offsets of both widths to check.
void use_parsing_and_checking() {
  Rng rng(2);
  std::vector<std::string> records;
  for (int row = 0; row < 100; ++row) {
    std::string list;
    for (std::int64_t left = rng.between(0, 90); left > 0; --left) {
      list += field(1, rng.bytes(rng.between(0, 20)));
    }
    records.push_back(example({entry("tokens", field(1, list))}));
  }
  const Features features = parse_example(records, {{"tokens", DType::string}});
  const RaggedView view = features.views().at("tokens");
  validate(view, "tokens");
  add(std::span(static_cast<const char*>(view.data), static_cast<std::size_t>(view.bytes)));
  std::vector<std::int32_t> rows;
  for (std::int64_t i = 0; i <= view.rows(); ++i) {
    rows.push_back(static_cast<std::int32_t>(view.row_offsets[i]));
  }
  RaggedView narrow = view;
  narrow.row_offsets = offsets_of(rows);
  narrow.trusted = false;
  validate(narrow, "tokens");
}

void use_crc32c() {
  const std::string bytes = Rng(3).bytes(10'000);
  for (std::size_t size = 0; size < bytes.size(); size += size < 300 ? 1 : 511) {
    add(std::span(bytes).first(size));
  }
}

/// Outputs of many megabytes: rows of whole lines and others, with padding behind them.
void use_copying(const Backend& backend) {
  Ragged tokens;
  Rng rng(4);
  for (int row = 0; row < 300; ++row) {
    for (std::int64_t left = rng.between(0, 300); left > 0; --left) {
      tokens.add_value("w" + std::to_string(rng.between(0, 99)));
      tokens.end_step();
    }
    tokens.end_row();
  }
  Features features;
  features.set("tokens", std::move(tokens));
  for (const std::int64_t dim : {10, 16, 64}) {
    EmbeddingTable table(100, dim);
    for (std::int64_t i = 0; i < 100 * dim; ++i) table.data()[i] = rng.real();
    SequenceFeatures layer(
        {embedding_column(sequence_categorical_column_with_hash_bucket("tokens", 100), dim)},
        backend);
    layer.bind("tokens_embedding", table.view());
    const Batch batch = layer(features);
    add(std::span<const float>(batch.values()));
  }
}

/// Steps of several ids in tables of every type, with weights and without.
void use_combining(const Backend& backend) {
  constexpr std::int64_t kDim = 95;
  Rng rng(6);
  Ragged ids(DType::int64);
  Ragged weights(DType::float32);
  for (int step = 0; step < 50; ++step) {
    for (int i = 0; i < 22; ++i) {
      ids.add_value(rng.between(0, 49));
      weights.add_number(rng.real());
    }
    ids.end_step();
    weights.end_step();
  }
  ids.end_row();
  weights.end_row();
  Features features;
  features.set("k", ids.view());
  features.set("w", weights.view());
  const CategoricalColumn plain = sequence_categorical_column_with_identity("k", 50);
  for (const FloatType type : {FloatType::float32, FloatType::float16, FloatType::bfloat16}) {
    EmbeddingTable table(50, kDim, type);
    const std::span halves(static_cast<std::uint16_t*>(table.elements()),
                           static_cast<std::size_t>(50 * kDim * size_of(type) / 2));
    for (std::uint16_t& half : halves) half = static_cast<std::uint16_t>(rng.between(0, 0x3bff));
    for (const auto& column : {plain, sequence_weighted_categorical_column(plain, "w")}) {
      SequenceFeatures layer({embedding_column(column, kDim)}, backend);
      layer.bind(layer.slices()[0].name, table.view());
      const Batch batch = layer(features);
      add(std::span<const float>(batch.values()));
    }
  }
}

/// Sparse gradients of gradients of every type.
void use_sparse_gradients(const SequenceFeatures& layer, const BatchSizes& capacity,
                          Workspace& workspace, std::span<const float> gradient) {
  SparseGradient sparse(layer, capacity, kHostStream);
  std::vector<std::uint16_t> halves(gradient.size());
  for (std::size_t i = 0; i < halves.size(); ++i)
    halves[i] = static_cast<std::uint16_t>(i % 0x3c00);
  for (const FloatType type : {FloatType::float32, FloatType::float16, FloatType::bfloat16}) {
    const void* data = halves.data();
    if (type == FloatType::float32) data = gradient.data();
    layer.gradients({data, type}, workspace, sparse, kHostStream);
    const SparseGradient::OnHost sums = sparse.on_host("k_embedding", kHostStream);
    add(std::span<const float>(sums.rows));
  }
}

/// A step of every optimizer on tables of every type, rows of blocks of every width, and a run so
/// long that it is summed in parts.
void use_training(const Backend& backend) {
  constexpr int kValues = 9000;
  Rng rng(5);
  Ragged ids(DType::int64);
  for (int i = 0; i < kValues; ++i) ids.add_value(rng.between(0, i % 30 == 0 ? 49 : 0));
  ids.end_steps();
  ids.end_row();
  Features features;
  features.set("k", ids.view());
  constexpr std::int64_t kDim = 95;
  std::vector<float> gradient(static_cast<std::size_t>(kValues * kDim));
  for (float& g : gradient) g = rng.real();
  std::vector<float> values(gradient.size());
  std::int64_t length = 0;
  for (const FloatType type : {FloatType::float32, FloatType::float16, FloatType::bfloat16}) {
    for (const Optimizer& optimizer : {sgd(), adagrad(), rowwise_adagrad(), adam(), ftrl()}) {
      EmbeddingTable table(50, kDim, type);
      SequenceFeatures layer({embedding_column(sequence_categorical_column_with_identity("k", 50),
                                               kDim, {.max_norm = 2.0})},
                             backend);
      layer.bind("k_embedding", table.view());
      Workspace workspace(backend,
                          layer.plan(layer.measure(features), Emit::values, {.trains = true}),
                          kHostStream);
      OptimizerState state(layer, optimizer);
      for (int step = 0; step < 2; ++step) {
        layer(features, {.values = values.data(), .lengths = &length}, workspace, kHostStream);
        layer.update({gradient.data()}, workspace, state, kHostStream);
      }
      if (optimizer.kind() == OptimizerKind::sgd) {
        use_sparse_gradients(layer, layer.measure(features), workspace, gradient);
      }
      add(std::span(static_cast<const std::byte*>(table.elements()),
                    static_cast<std::size_t>(50 * kDim * size_of(type))));
    }
  }
}

}  // namespace
}  // namespace seqfeat::test

int main() {
  using namespace seqfeat;
  const Backend backend = Backend::cpu();
  for (const std::int64_t first : {0, 4, 8, 17}) test::use_hashing_of_strings(backend, first);
  test::use_hashing_of_integers(backend);
  test::use_looking_up(backend);
  test::use_parsing_and_checking();
  test::use_crc32c();
  test::use_copying(backend);
  test::use_combining(backend);
  test::use_training(backend);
  std::printf("%08x\n", test::checksum);
}
