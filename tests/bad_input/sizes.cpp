// SPDX-License-Identifier: Apache-2.0
#include <array>

#include "seqfeat/layer.hpp"
#include "seqfeat/pack.hpp"
#include "seqfeat/pad.hpp"
#include "tests/bad_input/bad_input.hpp"

namespace seqfeat::test {
namespace {

using Numbers = std::vector<std::int64_t>;

constexpr std::int64_t kHuge = std::int64_t{1} << 40;  // times 8: more than the machine has
constexpr std::int64_t kVast = std::int64_t{1} << 62;

const Backend& cpu() {
  static const Backend kBackend = Backend::cpu();
  return kBackend;
}

Column embedding(std::int64_t buckets = 10, std::int64_t dimension = 2, const char* key = "w") {
  return embedding_column(sequence_categorical_column_with_hash_bucket(key, buckets), dimension);
}

Features one_token() {
  Features features;
  features.set("w", from_rows({{"a"}}));
  return features;
}

SequenceFeatures layer(const LayerOptions& options = {}) {
  return {{embedding()}, cpu(), options};
}

BadInput padded(std::string what, std::int64_t width, Refusal expected,
                std::vector<std::string> words) {
  return {std::move(what), expected, std::move(words), [width] {
            const LayerOptions options{.max_length = width, .padding = Padding::max_length};
            (void)layer(options)(one_token());
          }};
}

BadInput planned(std::string what, const BatchSizes& capacity, std::vector<std::string> words) {
  return {std::move(what), Refusal::invalid_argument, std::move(words),
          [capacity] { (void)layer().plan(capacity); }};
}

BadInput dense(std::string what, Numbers shape, Refusal expected, std::vector<std::string> words) {
  return {std::move(what), expected, std::move(words), [shape = std::move(shape)] {
            const std::array<std::int64_t, 2> values{1, 2};
            std::int64_t count = 2;
            for (const std::int64_t size : shape) count = size == 0 ? 0 : count;
            (void)from_dense({DType::int64, values.data(), {}, count, 0}, shape, "d");
          }};
}

BadInput sparse(std::string what, Numbers indices, Numbers shape, Refusal expected,
                std::vector<std::string> words) {
  return {std::move(what), expected, std::move(words),
          [indices = std::move(indices), shape = std::move(shape)] {
            const std::array<std::int64_t, 2> values{1, 2};
            (void)from_sparse({DType::int64, values.data(), {}, 2, 0}, indices, shape, "s");
          }};
}

BadInput bound(std::string what, const TableView& table, std::vector<std::string> words,
               const char* column = "w_embedding") {
  return {std::move(what), Refusal::invalid_argument, std::move(words),
          [table, column] { layer().bind(column, table); }};
}

/// Packs into a workspace of `planner` by way of `packer`, and computes by `computer`.
void pass_on(const SequenceFeatures& planner, const SequenceFeatures& packer,
             const SequenceFeatures& computer, const BatchSizes& capacity) {
  Workspace workspace(cpu(), planner.plan(capacity), kHostStream);
  std::array<float, 64> values{};
  std::array<std::int64_t, 8> lengths{};
  (void)packer.pack(one_token(), workspace, kHostStream);
  computer.compute({.values = values.data(), .lengths = lengths.data()}, workspace, kHostStream);
}

}  // namespace

std::vector<BadInput> bad_sizes() {
  constexpr auto kArgument = Refusal::invalid_argument;
  constexpr auto kMemory = Refusal::out_of_memory;
  static const std::array<float, 64> kFloats{};
  const float* const floats = kFloats.data();
  constexpr BatchSizes kOne{.rows = 1, .steps = 1, .tokens = 1, .bytes = 1, .padded_steps = 1};
  return {
      padded("an output that overflows int64", kVast, kArgument,
             {"4611686018427387904", "overflow"}),
      padded("an output larger than the machine", kHuge, kMemory,
             {"values [1, 1099511627776, 2] of float32", "bytes"}),
      {"a mask larger than the machine",
       kMemory,
       {"mask [1, 1099511627776] of bool", "needs 1099511627776 bytes"},
       [] {
         const LayerOptions options{.max_length = kHuge, .padding = Padding::max_length};
         (void)layer(options)(one_token(), Emit::ids | Emit::mask);
       }},
      {"a ragged output larger than the machine",
       kMemory,
       {"ragged_values [1, 1099511627776] of float32", "needs 4398046511104 bytes"},
       [] {
         const SequenceFeatures counts(
             {indicator_column(sequence_categorical_column_with_hash_bucket("w", kHuge))}, cpu());
         (void)counts(one_token(), Emit::ragged);
       }},
      {"a capacity of ragged values that overflows",
       kArgument,
       {"capacity", "ragged_values [576460752303423488, 100] of float32", "overflow"},
       [] {
         const SequenceFeatures wide({embedding(10, 100)}, cpu());
         (void)wide.plan({.steps = std::int64_t{1} << 59}, Emit::ragged);
       }},
      {"both forms of values",
       kArgument,
       {"emit", "ragged", "mask"},
       [] { (void)layer()(one_token(), Emit::ragged | Emit::mask); }},
      {"a width that overflows when it is rounded",
       kArgument,
       {"pad_to_multiple_of"},
       [] { (void)padded_steps({.pad_to_multiple_of = kVast}, kVast + 1); }},
      planned("a capacity that overflows", {.rows = kVast, .padded_steps = 4},
              {"capacity", "overflow"}),
      planned("a capacity of tokens that overflows", {.tokens = kVast}, {"capacity", "overflow"}),
      planned("negative rows", {.rows = -1}, {"capacity", "rows is -1"}),
      planned("negative padded steps", {.padded_steps = -2}, {"capacity", "padded_steps is -2"}),
      {"a batch above the plan",
       kArgument,
       {"capacity", "1 rows", "plan is for 0"},
       [] {
         pass_on(layer(), layer(), layer(),
                 {.rows = 0, .steps = 1, .tokens = 1, .bytes = 1, .padded_steps = 1});
       }},
      {"a workspace of another layer",
       kArgument,
       {"workspace", "another layer's"},
       [kOne] {
         const SequenceFeatures wide({embedding(), indicator_column(categorical_of(embedding()))},
                                     cpu());
         pass_on(layer(), wide, wide, kOne);
       }},
      {"a batch that another layer packed",
       kArgument,
       {"workspace", "another layer packed"},
       [kOne] {
         const SequenceFeatures one = layer();
         pass_on(one, one, layer(), kOne);
       }},
      {"a workspace in which nothing is packed",
       kArgument,
       {"workspace", "nothing was packed"},
       [kOne] {
         const SequenceFeatures one = layer();
         Workspace workspace(cpu(), one.plan(kOne), kHostStream);
         one.compute({}, workspace, kHostStream);
       }},
      {"an output that the plan does not have",
       kArgument,
       {"outputs", "values", "plan(capacity, emit)"},
       [kOne] {
         const SequenceFeatures one = layer();
         Workspace workspace(cpu(), one.plan(kOne, Emit::ids), kHostStream);
         std::array<float, 2> values{};
         std::array<std::int64_t, 1> lengths{};
         (void)one(one_token(), {.values = values.data(), .lengths = lengths.data()}, workspace,
                   kHostStream);
       }},
      {"outputs that are null",
       kArgument,
       {"outputs", "lengths is null"},
       [kOne] {
         const SequenceFeatures one = layer();
         Workspace workspace(cpu(), one.plan(kOne), kHostStream);
         (void)one(one_token(), {}, workspace, kHostStream);
       }},
      bound("a table with too few rows", {floats, 9, 2}, {"'w_embedding'", "[9, 2]", "[10, 2]"}),
      bound("a table that is too wide", {floats, 10, 3}, {"'w_embedding'", "[10, 3]", "[10, 2]"}),
      bound("a table that is null", {nullptr, 10, 2}, {"'w_embedding'", "without data"}),
      bound("a table whose rows overlap", {floats, 10, 2, 1}, {"'w_embedding'", "pitch"}),
      bound("a negative pitch", {floats, 10, 2, -2}, {"'w_embedding'", "pitch"}),
      bound("a column that the layer does not have", {floats, 10, 2}, {"'x'", "'w_embedding'"},
            "x"),
      {"a table for an indicator",
       kArgument,
       {"'w_indicator'", "embedding"},
       [] {
         const SequenceFeatures counts({indicator_column(categorical_of(embedding()))}, cpu());
         (void)counts.table("w_indicator");
       }},
      {"a table larger than the machine",
       kMemory,
       {"'w_embedding'", "1099511627776"},
       [] { (void)SequenceFeatures({embedding(kHuge, 100)}, cpu())(one_token()); }},
      {"a table that overflows int64",
       kArgument,
       {"'w_embedding'", "int64"},
       [] { (void)SequenceFeatures({embedding(kVast, 100)}, cpu())(one_token()); }},
      {"columns whose widths overflow",
       kArgument,
       {"int64"},
       [] {
         const auto counts = [](const char* key) {
           return indicator_column(sequence_categorical_column_with_hash_bucket(key, INT64_MAX));
         };
         const SequenceFeatures two({counts("a"), counts("b")}, cpu());
       }},
      {"a table without rows", kArgument, {"[0, 2]"}, [] { (void)EmbeddingTable(0, 2); }},
      {"a table of zeros larger than the machine",
       kMemory,
       {"table", "bytes"},
       [] { (void)EmbeddingTable(kHuge, 64); }},
      dense("a dense shape of rank 0", {}, kArgument, {"'d'", "rank 0"}),
      dense("a dense shape with a negative size", {2, -1}, kArgument, {"'d'", "-1"}),
      dense("a dense shape of another size", {2, 3}, kArgument, {"'d'", "got 2", "expected 6"}),
      dense("a dense shape that overflows", {kVast, 8}, kArgument, {"'d'", "overflow"}),
      dense("rows without cells that fill the machine", {kHuge, 0}, kMemory, {"'d'", "rows"}),
      sparse("a sparse index outside", {0, 0, 1, 5}, {2, 5}, Refusal::data_error,
             {"'s'", "indices[1][1] is 5", "0 to 4"}),
      sparse("a negative sparse index", {0, 0, -1, 0}, {2, 5}, Refusal::data_error,
             {"'s'", "indices[1][0] is -1"}),
      sparse("too few sparse indices", {0, 0, 1}, {2, 5}, kArgument, {"'s'", "indices hold 3"}),
      sparse("a sparse shape of rank 0", {}, {}, kArgument, {"'s'", "rank 0"}),
      sparse("a sparse shape with a negative size", {0, 0, 0, 0}, {2, -5}, kArgument,
             {"'s'", "-5"}),
      sparse("sparse rows that fill the machine", {0, 0, 1, 0}, {kHuge, 5}, kMemory,
             {"'s'", "rows"}),
      sparse("sparse holes that fill the machine", {0, 0, 1, kHuge}, {2, kVast}, kMemory, {"'s'"}),
      {"a mask of negative width",
       kArgument,
       {"maxlen", "-1"},
       [] { (void)sequence_mask(Numbers{1}, -1); }},
      {"a mask that overflows",
       kArgument,
       {"[2, 9223372036854775807]", "overflow"},
       [] {
         (void)sequence_mask(Numbers{1, 2}, INT64_MAX);
       }},
      {"a length that no mask can have",
       kMemory,
       {"mask [1, 1125899906842624]"},
       [] { (void)sequence_mask(Numbers{std::int64_t{1} << 50}, std::nullopt); }},
  };
}

}  // namespace seqfeat::test
