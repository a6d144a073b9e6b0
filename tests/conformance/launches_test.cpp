// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <string>

#include "backend/launch_count.hpp"
#include "seqfeat/error.hpp"
#include "tests/support/backend_test.hpp"
#include "tests/support/counting_memory.hpp"
#include "tests/support/place.hpp"
#include "tests/support/reference.hpp"

// What an op costs beside its work: launches, allocations.

namespace seqfeat::test {
namespace {

class Launches : public BackendTest {
 protected:
  void SetUp() override {
    if (!backend().on_device()) GTEST_SKIP() << "this backend launches nothing";
  }
};

/// Embeddings of one feature each, strings and integers in turn, with steps of several values; if
/// `clip`, every third column clips.
Case many_columns(std::int64_t columns, std::int64_t rows, bool clip) {
  Rng rng(static_cast<std::uint64_t>(columns));
  Case c;
  std::vector<std::int64_t> lengths(static_cast<std::size_t>(rows), 3);
  for (std::int64_t k = 0; k < columns; ++k) {
    const std::string key = "k" + std::to_string(k);
    const DType dtype = k % 2 == 0 ? DType::string : DType::int32;
    c.features[key] = random_feature(rng, dtype, {rows, 3, 2, 0, 0}, lengths);
    EmbeddingOptions options;
    if (clip && k % 3 == 0) options.max_norm = 1.0;
    const auto column = embedding_column(
        sequence_categorical_column_with_hash_bucket(key, 20, dtype), 1 + k % 5, options);
    for (std::int64_t i = 0; i < 20 * column.dimension(); ++i) {
      c.tables[column.name()].push_back(rng.real());
    }
    c.columns.emplace_back(column);
  }
  return c;
}

TEST_P(Launches, AreAtMostThreeABatchWhateverTheNumberOfColumns) {
  for (const std::int64_t columns : {1, 26, 300}) {
    for (const std::int64_t rows : {1, 12}) {
      for (const bool clip : {false, true}) {
        const Case c = many_columns(columns, rows, clip);
        const SequenceFeatures layer = c.layer(backend());
        const Features features = c.pack();
        for (const Emit emit : {Emit::values, Emit::values_and_ids, Emit::ids, Emit::lengths,
                                Emit::ragged, Emit::ragged | Emit::ids}) {
          (void)layer(features, emit);
          const std::int64_t before = detail::launch_count();
          (void)layer(features, emit);
          const std::int64_t launches = detail::launch_count() - before;
          EXPECT_GE(launches, 1);
          EXPECT_LE(launches, 3) << columns << " columns, " << rows << " rows";
        }
      }
    }
  }
}

SEQFEAT_ON_EVERY_BACKEND(Launches);

class Allocations : public BackendTest {
 protected:
  /// The same backend as the test's with memory that counts.
  static Backend counted(const std::shared_ptr<CountingMemory>& memory) {
    return backend().on_device() ? Backend::cuda(0, memory) : Backend::cpu(memory);
  }
};

TEST_P(Allocations, DoNotHappenInAnOp) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    Rng rng(900 + seed);
    const Case c = random_case(rng);
    const auto memory = std::make_shared<CountingMemory>(backend().memory());
    const Backend where = counted(memory);
    const SequenceFeatures layer = c.layer(where);
    const Features features = c.pack();
    const Stream stream = where.impl().own_stream();
    for (const Emit emit : {Emit::values_and_ids, Emit::ragged | Emit::ids, Emit::ids}) {
      Place place(where, layer.plan(layer.measure(features), emit), true, stream);
      const std::int64_t before = memory->allocations;
      for (int round = 0; round < 3; ++round) {
        Outputs outputs = place.outputs();
        if (round == 0) outputs.ids = nullptr;
        (void)layer(features, outputs, place.workspace(), stream);
      }
      place.workspace().check(stream);
      EXPECT_EQ(memory->allocations, before);
    }
  }
}

TEST_P(Allocations, ThatFailAreReportedAndLeakNothing) {
  Rng rng(42);
  const Case c = many_columns(3, 4, true);
  const auto memory = std::make_shared<CountingMemory>(backend().memory());
  const Backend where = counted(memory);
  const SequenceFeatures layer = c.layer(where);
  const Features features = c.pack();
  const std::int64_t live = memory->live;
  for (const Emit emit : {Emit::values_and_ids, Emit::ragged | Emit::ids}) {
    std::string refused;
    std::int64_t failures = 0;
    for (std::int64_t succeed = 0;; ++succeed) {
      memory->fail_after = succeed;
      try {
        (void)layer(features, emit);
      } catch (const OutOfMemory& error) {
        ++failures;
        refused += error.what() + std::string("; ");
        EXPECT_EQ(memory->live, live);
        continue;
      }
      break;
    }
    memory->fail_after = -1;
    EXPECT_GE(failures, 4);  // values, lengths, mask or row offsets, ids, workspace
    for (const char* name : {"values [", "lengths [4] of int64", "ids ["}) {
      EXPECT_NE(refused.find(name), std::string::npos) << refused;
    }
  }
  EXPECT_EQ(difference(layer(features), answer_by_lists(c)), "");
}

SEQFEAT_ON_EVERY_BACKEND(Allocations);

}  // namespace
}  // namespace seqfeat::test
