// SPDX-License-Identifier: Apache-2.0
// Random columns in random layouts against what they mean, and back out through the exporter.

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "seqfeat/arrow.hpp"
#include "tests/arrow/made_array.hpp"
#include "tests/arrow/random_array.hpp"
#include "tests/arrow/rows.hpp"
#include "tests/support/random.hpp"

namespace seqfeat::test {
namespace {

/// A table of `made`, which has one chunk or more.
ArrowTable table_of(const std::vector<MadeArray>& made) {
  ArrowSchema schema = schema_of(made.front());
  std::vector<ArrowArray> chunks;
  for (const MadeArray& chunk : made) chunks.push_back(array_of(chunk));
  ArrowTable table(&schema, chunks);
  EXPECT_EQ(schema.release, nullptr);
  for (const ArrowArray& chunk : chunks) EXPECT_EQ(chunk.release, nullptr);
  return table;
}

/// The rows in random chunks, some of them empty.
std::vector<MadeArray> random_chunks(Rng& rng, std::vector<Element> rows,
                                     const ColumnFormat& format) {
  std::vector<MadeArray> chunks;
  for (std::int64_t more = rng.pick({0, 0, 1, 4}); more > 0; --more) {
    const auto first = rows.begin() + rng.between(0, static_cast<std::int64_t>(rows.size()));
    chunks.push_back(random_array(rng, {rows.begin(), first}, format));
    rows.erase(rows.begin(), first);
  }
  chunks.push_back(random_array(rng, rows, format));
  return chunks;
}

Rows decoded(const ArrowDictionary& dictionary) {
  const Rows entries = rows_of(dictionary.entries.view);
  Rows rows = rows_of(dictionary.indices.view);
  for (auto& row : rows) {
    for (auto& step : row) {
      for (std::string& token : step) token = entries.at(std::stoull(token)).at(0).at(0);
    }
  }
  return rows;
}

TEST(ArrowProperties, EveryLayoutMeansItsRows) {
  for (std::uint64_t seed = 0; seed < 3000; ++seed) {
    Rng rng(seed);
    const ColumnFormat format = random_format(rng);
    SCOPED_TRACE(std::to_string(seed) + ": " + format.text());
    const std::vector<Element> rows =
        random_rows(rng, format, rng.pick<std::int64_t>({0, 1, 2, 20}));
    const Rows meaning = meaning_of(rows, format);
    {
      const ArrowTable table = table_of(random_chunks(rng, rows, format));
      EXPECT_EQ(table.rows(), static_cast<std::int64_t>(rows.size()));
      const ArrowColumn column = table.column("c", DType::uint16);
      ASSERT_EQ(rows_of(column.view), meaning);
      EXPECT_EQ(column.view.dtype, format.token == "n" ? DType::uint16 : format.dtype());
      EXPECT_EQ(column.depth, static_cast<int>(format.lists.size()));
      EXPECT_TRUE(column.view.trusted);
      const std::optional<ArrowDictionary> dictionary = table.dictionary("c");
      ASSERT_EQ(dictionary.has_value(), !format.index.empty());
      if (dictionary) {
        ASSERT_EQ(decoded(*dictionary), meaning);
      }
    }
    ASSERT_EQ(live_structs(), 0);
  }
}

TEST(ArrowProperties, AColumnOfATableHasItsRows) {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    SCOPED_TRACE(seed);
    Rng rng(seed);
    const std::vector<ColumnFormat> formats{random_format(rng), random_format(rng)};
    const std::int64_t count = rng.pick<std::int64_t>({0, 1, 100});
    const std::int64_t offset = rng.pick<std::int64_t>({0, 1, 70});
    MadeArray table{.format = "+s", .length = count, .offset = offset, .buffers = {std::nullopt}};
    std::string present(static_cast<std::size_t>(offset + count), '1');
    const bool with_nulls = rng.once_in(2);
    for (char& bit : present) bit = with_nulls && rng.once_in(4) ? '0' : '1';
    if (with_nulls) table.buffers[0] = bitmap_of(present);
    std::vector<Rows> meanings;
    for (const ColumnFormat& format : formats) {
      std::vector<Element> rows = random_rows(rng, format, offset + count + rng.between(0, 2));
      table.children.push_back(random_array(rng, rows, format));
      table.children.back().name = "c" + std::to_string(meanings.size());
      for (std::int64_t i = 0; i < offset + count; ++i) {
        if (present[static_cast<std::size_t>(i)] == '0')
          rows[static_cast<std::size_t>(i)].null = true;
      }
      meanings.push_back(
          meaning_of({rows.begin() + offset, rows.begin() + offset + count}, format));
    }
    const ArrowTable read = table_of({table});
    EXPECT_EQ(read.keys(), (std::vector<std::string>{"c0", "c1"}));
    ASSERT_EQ(rows_of(read.column("c0").view), meanings[0]);
    ASSERT_EQ(rows_of(read.column("c1").view), meanings[1]);
  }
}

TEST(ArrowProperties, WhatIsExportedIsReadBack) {
  for (std::uint64_t seed = 0; seed < 500; ++seed) {
    SCOPED_TRACE(seed);
    Rng rng(seed);
    ColumnFormat format = random_format(rng);
    if (format.lists.empty()) format.lists.emplace_back("+l");
    const std::vector<Element> rows = random_rows(rng, format, rng.pick({0, 1, 20}));
    const ArrowColumn column = table_of({random_array(rng, rows, format)}).column("c");
    ArrowSchema schema{};
    ArrowArray array{};
    export_arrow(column.view, column.memory, &schema, &array);
    const ArrowColumn again = ArrowTable(&schema, &array).column("c");
    ASSERT_EQ(rows_of(again.view), rows_of(column.view));
    const bool has_data = column.view.value_count > 0 && column.view.data != nullptr;
    EXPECT_TRUE(!has_data || again.view.data == column.view.data);
    EXPECT_FALSE(again.copied);
  }
  EXPECT_EQ(live_structs(), 0);
}

}  // namespace
}  // namespace seqfeat::test
