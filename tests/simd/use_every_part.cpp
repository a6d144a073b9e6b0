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

}  // namespace
}  // namespace seqfeat::test

int main() {
  using namespace seqfeat;
  const Backend backend = Backend::cpu();
  for (const std::int64_t first : {0, 4, 8, 17}) test::use_hashing_of_strings(backend, first);
  test::use_hashing_of_integers(backend);
  test::use_parsing_and_checking();
  test::use_crc32c();
  test::use_copying(backend);
  std::printf("%08x\n", test::checksum);
}
