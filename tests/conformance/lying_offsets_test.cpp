// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <deque>
#include <vector>

#include "seqfeat/error.hpp"
#include "seqfeat/layer.hpp"
#include "tests/support/at_the_edge.hpp"
#include "tests/support/backend_test.hpp"
#include "tests/support/random.hpp"

// Offsets of a device's features may say anything: kernels read nothing behind a buffer. On the
// emulator a device's memory is the host's, so that buffers can stand where reading on crashes. The
// interpreter of PTX looks at every access itself.

namespace seqfeat::test {
namespace {

class LyingOffsets : public BackendTest {
 protected:
  void SetUp() override {
    if (!backend().on_device()) GTEST_SKIP() << "the host checks its offsets";
#if defined(__SANITIZE_THREAD__)
    GTEST_SKIP() << "where steps overlap, several warps write their ids: any numbers will do";
#endif
  }
};

/// Features whose buffers end where nobody may read on.
class Liar {
 public:
  Liar(Rng& rng, const Backend& backend) : rng_(rng), backend_(backend) {}

  RaggedView feature(std::int64_t rows) {
    RaggedView view;
    view.dtype = DType::int64;
    view.location = Location::device;
    view.row_offsets = offsets(rows + 1);
    view.value_count = rng_.pick<std::int64_t>({0, 4, 12, 60});
    if (rng_.once_in(4)) {
      view.values_per_step = rng_.pick<std::int64_t>({1, 2, 4});
    } else {
      view.step_offsets = offsets(rng_.between(1, 9));
    }
    std::vector<std::int64_t> values;
    for (std::int64_t i = 0; i < view.value_count; ++i) values.push_back(rng_.between(-3, 12));
    view.data = keep(values);
    return view;
  }

 private:
  Offsets offsets(std::int64_t count) {
    std::vector<std::int64_t> lies;
    for (std::int64_t i = 0; i < count; ++i) {
      lies.push_back(rng_.once_in(6) ? rng_.pick<std::int64_t>({INT64_MIN, INT64_MAX, 1LL << 40})
                                     : rng_.between(-1, 12));
    }
    return {keep(lies), count, true};
  }
  const void* keep(const std::vector<std::int64_t>& numbers) {
#if defined(SEQFEAT_EMULATED)
    return memory_.emplace_back(numbers.data(), numbers.size() * sizeof numbers[0]).begin();
#else
    return memory_.emplace_back(to_backend<std::int64_t>(backend_, numbers)).data();
#endif
  }

  Rng& rng_;
  const Backend& backend_;
#if defined(SEQFEAT_EMULATED)
  std::deque<AtTheEdge> memory_;
#else
  std::deque<Buffer> memory_;
#endif
};

TEST_P(LyingOffsets, MakeNoKernelReadBehindABuffer) {
  for (std::uint64_t seed = 0; seed < 600; ++seed) {
    SCOPED_TRACE(seed);
    Rng rng(seed);
    Liar liar(rng, backend());
    const std::int64_t rows = rng.between(0, 4);
    Features features;
    std::vector<Column> columns;
    for (const char* key : {"a", "b"}) {
      features.set(key, liar.feature(rows));
      const auto ids = rng.once_in(3)
                           ? sequence_categorical_column_with_hash_bucket(key, 10, DType::int64)
                           : sequence_categorical_column_with_identity(key, 10);
      columns.emplace_back(embedding_column(ids, 4));
    }
    const SequenceFeatures layer(
        columns, backend(),
        {.max_length = 5,
         .truncation = rng.pick({Truncation::keep_first, Truncation::keep_last}),
         .padding = Padding::max_length});
    try {
      (void)layer(features, rng.pick({Emit::values, Emit::values_and_ids}));
    } catch (const DataError&) {  // lies that are found out
    }
  }
}

SEQFEAT_ON_EVERY_BACKEND(LyingOffsets);

}  // namespace
}  // namespace seqfeat::test
