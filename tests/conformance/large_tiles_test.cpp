// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

#include "backend/tuning.hpp"
#include "tests/conformance/stored_case.hpp"
#include "tests/conformance/stored_lookup.hpp"

// Rows that are copied by blocks of as many slots as they can take. On a device each thread then
// has several vectors under way, up to more than one round of them, and the last round ends at any
// of them. All widths of a vector, slots that meet and slots with gaps, stores of both kinds, the
// kernel that copies and the ones that could also add.

namespace seqfeat::test {
namespace {

using detail::Knob;
using detail::Tuned;

class LargeTiles : public BackendTest {
 protected:
  /// Calls `body` once, or on a device in every way to copy.
  template <class Body>
  static void in_every_way(const Body& body) {
    const Tuned slots(Knob::slots_per_block, 256);
    for (const int way : {0, 1, 2, 3}) {
      if (way > 0 && !backend().on_device()) return;
      SCOPED_TRACE(testing::Message() << "way " << way);
      const Tuned stores(Knob::streaming_stores, way % 2 == 0 ? 0 : 2);
      const Tuned copies(Knob::copy_kernel, way / 2);
      body();
    }
  }
};

/// Vectors of so many bytes; elements of which an odd number of them consists. The alignment of
/// rows of `count` vectors is that of a vector.
struct VectorOf {
  std::int64_t bytes;
  FloatType type;

  [[nodiscard]] std::int64_t elements(std::int64_t count) const {
    return count * bytes / size_of(type);
  }
};
constexpr std::array<VectorOf, 5> kVectors = {{{2, FloatType::bfloat16},
                                               {4, FloatType::float32},
                                               {8, FloatType::float32},
                                               {16, FloatType::float32},
                                               {16, FloatType::float16}}};

/// Slots: an odd number, so that their bytes end within 16. Rows of 11 vectors end at each of the
/// eight that a thread has under way, and in a second round.
constexpr std::array<std::int64_t, 10> kSlots = {13, 37, 57, 75, 101, 119, 151, 171, 255, 299};

TEST_P(LargeTiles, OfLookupsAgreeWithLists) {
  for (const VectorOf& vector : kVectors) {
    for (const std::int64_t steps : kSlots) {
      for (const bool gaps : {false, true}) {
        Rng rng(static_cast<std::uint64_t>(steps));
        StoredLookup c(rng, vector.type, vector.type, vector.elements(11));
        if (gaps) {
          c.pitch += vector.elements(1);
          c.out_pitch += vector.elements(3);
        }
        c.add_ids(rng, steps, backend().on_device());
        SCOPED_TRACE(testing::Message() << steps << " steps, vectors of " << vector.bytes
                                        << (gaps ? " with gaps" : ""));
        in_every_way([&] { ASSERT_EQ(c.difference_from_lists(backend()), ""); });
      }
    }
  }
}

/// Embeddings of `dims` elements over rows of single values, `slots` slots with their padding.
Case columns_of(Rng& rng, const std::vector<std::int64_t>& dims, std::int64_t slots) {
  Case c;
  std::vector<std::int64_t> lengths = {slots};
  if (slots % 3 == 0) lengths = {slots / 3, rng.between(0, slots / 3), rng.between(0, slots / 3)};
  for (const std::int64_t dim : dims) {
    const std::string key = "k" + std::to_string(c.columns.size());
    ListFeature& feature = c.features[key] = {DType::int64, {}};
    for (const std::int64_t length : lengths) {
      Row& row = feature.rows.emplace_back();
      for (std::int64_t t = 0; t < length; ++t) row.push_back({random_token(rng, DType::int64)});
    }
    const auto column =
        embedding_column(sequence_categorical_column_with_hash_bucket(key, 40, DType::int64), dim);
    c.tables[column.name()] = random_floats(rng, 40 * dim);
    c.columns.emplace_back(column);
  }
  c.options.padding_side = rng.pick({PaddingSide::left, PaddingSide::right});
  return c;
}

// A wide column is written by itself, narrow ones together; alone their slots meet, and beside
// others they have gaps.
TEST_P(LargeTiles, OfLayersAgreeWithLists) {
  for (const VectorOf& vector : kVectors) {
    const std::int64_t most = 31 / vector.elements(1);  // of a narrow column
    const std::int64_t narrow = vector.elements(most - (most % 2 == 0 ? 1 : 0));
    const std::int64_t wide = vector.elements(vector.bytes == 16 ? 11 : 33);
    for (const std::vector<std::int64_t>& dims :
         {std::vector<std::int64_t>{wide}, {narrow, narrow}, {narrow, wide, narrow, narrow}}) {
      for (const std::int64_t slots : kSlots) {
        Rng rng(static_cast<std::uint64_t>(slots));
        SCOPED_TRACE(testing::Message() << slots << " slots of " << dims.size() << " columns, "
                                        << "vectors of " << vector.bytes);
        const StoredCase c(columns_of(rng, dims, slots), backend(), rng, vector.type, vector.type,
                           0);
        in_every_way([&] { ASSERT_EQ(c.difference_from_lists(), ""); });
      }
    }
  }
}

SEQFEAT_ON_EVERY_BACKEND(LargeTiles);

}  // namespace
}  // namespace seqfeat::test
