// SPDX-License-Identifier: Apache-2.0
#include "table/stoppable.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstring>
#include <filesystem>
#include <thread>

#include "tests/support/temporary_directory.hpp"

namespace seqfeat::detail {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

EmbeddingColumn column(std::int64_t rows, std::int64_t dim) {
  return embedding_column(sequence_categorical_column_with_hash_bucket("w", rows), dim);
}

std::stop_token stopped() {
  std::stop_source source;
  source.request_stop();
  return source.get_token();
}

/// Requests a stop after a moment.
std::jthread stop_soon(std::stop_source& source) {
  return std::jthread([&source] {
    std::this_thread::sleep_for(milliseconds(20));
    source.request_stop();
  });
}

TEST(Stoppable, ATableIsThatOfTheInitializerWhereNobodyStops) {
  const auto table = initialized_table(column(500, 300), std::stop_source().get_token());
  const EmbeddingTable whole = EmbeddingTable::initialized(column(500, 300));
  ASSERT_TRUE(table);
  EXPECT_EQ(std::memcmp(table->data(), whole.data(), 500 * 300 * sizeof(float)), 0);
}

// Either would take seconds.
TEST(Stoppable, ATableStopsInTheMiddleOfItsRowsAndOfARow) {
  for (const auto& [rows, dim] : {std::pair{25'000'000L, 10L}, std::pair{2L, 125'000'000L}}) {
    std::stop_source source;
    const std::jthread stopper = stop_soon(source);
    const auto begin = steady_clock::now();
    EXPECT_FALSE(initialized_table(column(rows, dim), source.get_token()));
    EXPECT_LT(steady_clock::now() - begin, milliseconds(1000)) << rows;
  }
}

TEST(Stoppable, AFileThatIsStoppedIsNotThere) {
  const test::TemporaryDirectory directory;
  const EmbeddingTable table = EmbeddingTable::initialized(column(1000, 100));
  EXPECT_FALSE(save_tables(directory / "t", {{"w", table.view()}}, stopped()));
  EXPECT_TRUE(std::filesystem::is_empty(directory.path()));
  EXPECT_TRUE(save_tables(directory / "t", {{"w", table.view()}}, {}));
  EXPECT_EQ(load_table(directory / "t", "w").rows(), 1000);
}

}  // namespace
}  // namespace seqfeat::detail
