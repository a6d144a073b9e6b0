// SPDX-License-Identifier: Apache-2.0
#include "seqfeat/table.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <limits>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "seqfeat/error.hpp"
#include "seqfeat/safetensors.hpp"
#include "tests/support/refusal.hpp"
#include "tests/support/temporary_directory.hpp"

namespace seqfeat::test {
namespace {

std::vector<float> values_of(const EmbeddingTable& table) {
  return {table.data(), table.data() + table.rows() * table.dim()};
}

EmbeddingColumn column(std::int64_t buckets, std::int64_t dim, EmbeddingOptions options = {}) {
  return embedding_column(sequence_categorical_column_with_hash_bucket("tokens", buckets), dim,
                          options);
}

TEST(EmbeddingTable, IsMadeOfItsInitializerInRowsOfAnyWidth) {
  constexpr std::int64_t kDim = 70'000;
  const auto column = embedding_column(sequence_categorical_column_with_hash_bucket("k", 2), kDim);
  const EmbeddingTable table = EmbeddingTable::initialized(column);
  for (const std::int64_t d :
       {std::int64_t{0}, std::int64_t{65'535}, std::int64_t{65'536}, kDim - 1}) {
    EXPECT_EQ(table.data()[kDim + d], truncated_normal({}, kDim, column.name(), 1, d)) << d;
  }
}

TEST(EmbeddingTable, BeginsWithZeros) {
  const EmbeddingTable table(7, 3);
  EXPECT_EQ(table.rows(), 7);
  EXPECT_EQ(table.dim(), 3);
  EXPECT_EQ(values_of(table), std::vector<float>(21, 0.0F));
  const TableView view = table.view();
  EXPECT_EQ(view.data, table.data());
  EXPECT_EQ(view.stride(), 3);
}

TEST(EmbeddingTable, IsCopiedWithItsMemoryShared) {
  EmbeddingTable first(2, 2);
  const EmbeddingTable second = first;
  first.data()[3] = 5;
  EXPECT_EQ(second.data()[3], 5);
}

TEST(EmbeddingTable, KeepsForeignMemoryAlive) {
  auto memory = std::make_shared<std::vector<float>>(6, 2.5F);
  const std::weak_ptr<std::vector<float>> watched = memory;
  {
    float* data = memory->data();
    const EmbeddingTable table(2, 3, data, std::move(memory));
    EXPECT_FALSE(watched.expired());
    EXPECT_EQ(values_of(table), std::vector<float>(6, 2.5F));
  }
  EXPECT_TRUE(watched.expired());
}

TEST(EmbeddingTable, RefusesSizesBelowOneAndSizesThatOverflow) {
  constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();
  const auto why = [](std::int64_t rows, std::int64_t dim) {
    return refusal<InvalidArgument>([&] { return EmbeddingTable(rows, dim); });
  };
  EXPECT_TRUE(holds(why(0, 3), "[0, 3]"));
  EXPECT_TRUE(holds(why(3, -1), "[3, -1]"));
  EXPECT_TRUE(holds(why(kMax, 1), std::to_string(kMax)));
  EXPECT_TRUE(holds(why(std::int64_t{1} << 32, std::int64_t{1} << 31), "4294967296"));
  EXPECT_TRUE(
      holds(refusal<InvalidArgument>([] { return EmbeddingTable(1, 1, nullptr, {}); }), "null"));
}

TEST(EmbeddingTable, RefusesBeforeAllocatingWhatDoesNotFitTheMachine) {
  try {
    const EmbeddingTable table(std::int64_t{1} << 40, 1000);
    FAIL() << "four petabytes";
  } catch (const OutOfMemory& refused) {
    EXPECT_EQ(refused.bytes(), (std::int64_t{1} << 40) * 4000);
    EXPECT_TRUE(holds(refused.what(), "[1099511627776, 1000]", "4398046511104000"))
        << refused.what();
  }
  const std::string why = refusal<OutOfMemory>(
      [] { return EmbeddingTable::initialized(column(std::int64_t{1} << 40, 1000)); });
  EXPECT_TRUE(holds(why, "tokens_embedding", "[1099511627776, 1000]", "4398046511104000")) << why;
}

TEST(EmbeddingTable, InitializedHoldsTheInitializersValues) {
  const EmbeddingOptions options{.initializer = {.mean = 0.5, .stddev = 2.0, .seed = 11}};
  for (const std::int64_t dim : {1, 3, 64, 130}) {
    const EmbeddingTable table = EmbeddingTable::initialized(column(50, dim, options));
    ASSERT_EQ(table.rows(), 50);
    ASSERT_EQ(table.dim(), dim);
    for (std::int64_t row = 0; row < 50; ++row) {
      for (std::int64_t d = 0; d < dim; ++d) {
        ASSERT_EQ(table.data()[row * dim + d],
                  truncated_normal(options.initializer, dim, "tokens_embedding", row, d));
      }
    }
  }
}

TEST(TableFile, ReadsBackWhatWasSaved) {
  const TemporaryDirectory directory;
  const EmbeddingTable a = EmbeddingTable::initialized(column(5, 3));
  const EmbeddingTable b = EmbeddingTable::initialized(column(4, 1));
  save_tables(directory / "t.safetensors", {{"a", a.view()}, {"b", b.view()}});
  for (const auto& [name, table] :
       std::map<std::string, const EmbeddingTable*>{{"a", &a}, {"b", &b}}) {
    const EmbeddingTable got = load_table(directory / "t.safetensors", name);
    EXPECT_EQ(got.rows(), table->rows());
    EXPECT_EQ(got.dim(), table->dim());
    EXPECT_EQ(values_of(got), values_of(*table));
  }
}

TEST(TableFile, SavesTablesWithAPitchWithoutTheirGaps) {
  const TemporaryDirectory directory;
  const std::vector<float> memory = {1, 2, 99, 3, 4, 99};
  save_tables(directory / "t", {{"a", TableView{memory.data(), 2, 2, 3}}});
  EXPECT_EQ(values_of(load_table(directory / "t", "a")), (std::vector<float>{1, 2, 3, 4}));
}

TEST(TableFile, RefusesToSaveWhatIsNoTable) {
  const TemporaryDirectory directory;
  const std::vector<float> memory(4);
  for (const TableView bad : {TableView{nullptr, 1, 1, 0}, TableView{memory.data(), 0, 1, 0},
                              TableView{memory.data(), 1, 0, 0}, TableView{memory.data(), 2, 2, 1},
                              TableView{memory.data(), std::int64_t{1} << 40, 1 << 30, 0}}) {
    const std::string why = refusal<InvalidArgument>([&] {
      save_tables(directory / "t", {{"bad", bad}});
      return 0;
    });
    EXPECT_TRUE(holds(why, "'bad'")) << why;
  }
  EXPECT_FALSE(std::filesystem::exists(directory / "t"));
}

TEST(TableFile, WritingToAMappedTableLeavesTheFileAlone) {
  const TemporaryDirectory directory;
  const std::vector<float> memory = {1, 2};
  save_tables(directory / "t", {{"a", TableView{memory.data(), 1, 2, 0}}});
  EmbeddingTable changed = load_table(directory / "t", "a");
  changed.data()[0] = 7;
  EXPECT_EQ(values_of(changed), (std::vector<float>{7, 2}));
  EXPECT_EQ(values_of(load_table(directory / "t", "a")), memory);
}

TEST(TableFile, CopiesATensorThatIsNotAlignedForFloats) {
  const TemporaryDirectory directory;
  const std::vector<float> memory = {1, -2, 3, 4};
  const std::byte one{1};
  const std::vector<std::pair<std::string, TensorView>> tensors = {
      {"flag", {"BOOL", {1}, {&one, 1}}}, {"t", {"F32", {2, 2}, std::as_bytes(std::span(memory))}}};
  write_safetensors(directory / "t", tensors, {});
  const EmbeddingTable got = load_table(directory / "t", "t");
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(got.data()) % alignof(float), 0U);
  EXPECT_EQ(values_of(got), memory);
}

TEST(TableFile, KeepsHalvesAsTheyAre) {
  const TemporaryDirectory directory;
  const std::vector<std::uint16_t> bits = {0x3c00, 0x7d01, 0xffff, 0x8000, 1, 0xffff};
  for (const FloatType type : {FloatType::float16, FloatType::bfloat16}) {
    save_tables(directory / "t", {{"a", TableView{bits.data(), 2, 2, 3, type}}});
    const EmbeddingTable got = load_table(directory / "t", "a");
    EXPECT_EQ(got.type(), type);
    EXPECT_EQ(got.view().type, type);
    EXPECT_EQ(got.view().dim, 2);
    const auto* elements = static_cast<const std::uint16_t*>(got.elements());
    EXPECT_EQ(std::vector(elements, elements + 4),
              (std::vector<std::uint16_t>{0x3c00, 0x7d01, 0x8000, 1}));
    const std::string why = refusal<InvalidArgument>([&] { return got.data(); });
    EXPECT_TRUE(holds(why, to_string(type), "float32")) << why;
    const SafetensorsFile file(directory / "t");
    EXPECT_EQ(file.tensors().at("a").dtype, type == FloatType::float16 ? "F16" : "BF16");
    std::filesystem::remove(directory / "t");
  }
}

TEST(TableFile, CopiesHalvesThatAreNotAligned) {
  const TemporaryDirectory directory;
  const std::vector<std::uint16_t> bits = {1, 2, 3};
  const std::byte one{1};
  const std::vector<std::pair<std::string, TensorView>> tensors = {
      {"flag", {"BOOL", {1}, {&one, 1}}}, {"t", {"BF16", {3, 1}, std::as_bytes(std::span(bits))}}};
  write_safetensors(directory / "t", tensors, {});
  const EmbeddingTable got = load_table(directory / "t", "t");
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(got.elements()) % alignof(std::uint16_t), 0U);
  EXPECT_EQ(std::memcmp(got.elements(), bits.data(), 6), 0);
}

TEST(TableFile, NamesNearTensorsWhereOneIsMissing) {
  const TemporaryDirectory directory;
  const EmbeddingTable table(1, 1);
  save_tables(directory / "t", {{"tokens_embedding", table.view()}, {"x", table.view()}});
  const std::string why =
      refusal<InvalidArgument>([&] { return load_table(directory / "t", "token_embedding"); });
  EXPECT_TRUE(holds(why, (directory / "t").string(), "'token_embedding'", "'tokens_embedding'"))
      << why;
}

TEST(TableFile, RefusesTensorsThatAreNoTables) {
  const TemporaryDirectory directory;
  const std::vector<float> memory(4);
  const auto bytes = std::as_bytes(std::span(memory));
  const std::vector<std::pair<std::string, TensorView>> tensors = {
      {"flat", {"F32", {4}, bytes}},
      {"deep", {"F32", {1, 2, 2}, bytes}},
      {"int", {"I32", {2, 2}, bytes}},
      {"double", {"F64", {2, 1}, bytes}},
      {"empty", {"F32", {0, 4}, {}}}};
  write_safetensors(directory / "t", tensors, {});
  for (const auto& [name, tensor] : tensors) {
    const std::string why =
        refusal<DataError>([&, &wanted = name] { return load_table(directory / "t", wanted); });
    EXPECT_TRUE(holds(why, (directory / "t").string(), "'" + name + "'", tensor.dtype + " [",
                      "expected F32 [rows, dim]"))
        << why;
  }
}

TEST(TableFile, SaysWhyAFileCannotBeReadOrWritten) {
  const TemporaryDirectory directory;
  const auto why = [](const std::filesystem::path& file) {
    return refusal<DataError>([&] { return load_table(file, "a"); });
  };
  EXPECT_TRUE(holds(why(directory / "missing"), "missing", "No such file"));
  EXPECT_TRUE(holds(why(directory.path()), directory.path().string(), "directory"));
  EXPECT_TRUE(holds(why("/dev/null"), "/dev/null", "regular"));
  const EmbeddingTable table(1, 1);
  EXPECT_THROW(save_tables(directory / "no" / "t", {{"a", table.view()}}), IoError);
}

}  // namespace
}  // namespace seqfeat::test
