// SPDX-License-Identifier: Apache-2.0
#include "layer/arena.hpp"

#include <gtest/gtest.h>

#include <array>
#include <charconv>
#include <cstring>
#include <string>
#include <vector>

#include "seqfeat/error.hpp"
#include "tests/support/reference.hpp"

// What a batch becomes in the arena, read back token by token with the view's own accessors.

namespace seqfeat::test {
namespace {

using Rows = std::vector<Row>;

/// What the rule keeps of rows, said with lists.
Rows kept_by_lists(Rows rows, const LayerOptions& options) {
  for (Row& row : rows) {
    while (!row.empty() && row.back().empty()) row.pop_back();
    const std::int64_t length = std::ssize(row);
    const std::int64_t cut = length - std::min(length, options.max_length.value_or(length));
    if (options.truncation == Truncation::keep_last) {
      row.erase(row.begin(), row.begin() + cut);
    } else {
      row.erase(row.end() - cut, row.end());
    }
  }
  return rows;
}

Token token_at(const RaggedView& view, std::int64_t i) {
  if (is_float(view.dtype)) {
    std::array<char, 32> text;
    const float number = float_at(view.data, view.dtype, i);
    return {text.begin(), std::to_chars(text.begin(), text.end(), number).ptr};
  }
  if (view.dtype == DType::string) {
    return {static_cast<const char*>(view.data) + view.byte_offsets[i],
            static_cast<const char*>(view.data) + view.byte_offsets[i + 1]};
  }
  const std::int64_t bits = integer_at(view.data, view.dtype, i);
  return view.dtype == DType::uint64 ? std::to_string(static_cast<std::uint64_t>(bits))
                                     : std::to_string(bits);
}

Rows read_back(const RaggedView& view) {
  Rows rows;
  for (std::int64_t b = 0; b < view.rows(); ++b) {
    Row& row = rows.emplace_back();
    for (std::int64_t s = view.row_offsets[b]; s < view.row_offsets[b + 1]; ++s) {
      Step& step = row.emplace_back();
      for (std::int64_t i = view.first_value(s); i < view.first_value(s + 1); ++i) {
        step.push_back(token_at(view, i));
      }
    }
  }
  return rows;
}

/// The same batch with offsets of 32 bits, and with bytes around the ones that it means.
class Foreign {
 public:
  Foreign(const RaggedView& view, bool narrow, std::int64_t before) : view_(view) {
    view_.trusted = false;
    if (view.dtype == DType::string) {
      bytes_.assign(static_cast<std::size_t>(view.bytes + 2 * before), 'x');
      if (view.bytes > 0) {
        std::memcpy(bytes_.data() + before, view.data, static_cast<std::size_t>(view.bytes));
      }
      view_.data = bytes_.data();
      view_.bytes = std::ssize(bytes_);
      view_.byte_offsets = keep(view.byte_offsets, narrow, before);
    }
    view_.row_offsets = keep(view.row_offsets, narrow, 0);
    if (!view.step_offsets.absent()) view_.step_offsets = keep(view.step_offsets, narrow, 0);
  }
  [[nodiscard]] const RaggedView& view() const noexcept { return view_; }

 private:
  Offsets keep(const Offsets& from, bool narrow, std::int64_t shift) {
    auto& wide = wide_.emplace_back();
    for (std::int64_t i = 0; i < from.count; ++i) wide.push_back(from[i] + shift);
    if (!narrow) return offsets_of(wide);
    return offsets_of(narrow_.emplace_back(wide.begin(), wide.end()));
  }
  RaggedView view_;
  std::vector<std::vector<std::int64_t>> wide_;
  std::vector<std::vector<std::int32_t>> narrow_;
  std::string bytes_;
};

/// An arena as a backend on a device would find it.
struct Packed {
  std::vector<std::byte> memory;
  std::int64_t used = 0;

  [[nodiscard]] const detail::BatchHeader& header() const {
    return *reinterpret_cast<const detail::BatchHeader*>(memory.data());
  }
  [[nodiscard]] const RaggedView& feature(std::size_t f) const {
    return detail::features_of(&header())[f].view;
  }
};

Packed pack(const detail::CompiledColumns& columns, const LayerOptions& options,
            const Features& features, bool wide) {
  detail::MeasuredBatch batch;
  detail::measure(columns, options, features, batch);
  constexpr std::size_t kBeyond = 64;
  const auto bytes = static_cast<std::size_t>(detail::arena_bytes(columns, batch.sizes, false));
  // Offsets of 64 bits stand for those of a larger capacity, whose arena is larger too.
  Packed packed{std::vector<std::byte>((wide ? 2 : 1) * bytes + kBeyond, std::byte{0xa5})};
  packed.used =
      detail::fill_arena(columns, PadRule::of(options), batch, false, detail::Layout::padded, wide,
                         false, packed.memory.data(), packed.memory.data());
  EXPECT_LE(packed.used, static_cast<std::int64_t>(wide ? 2 * bytes : bytes));
  for (auto i = static_cast<std::size_t>(packed.used); i < packed.memory.size(); ++i) {
    if (packed.memory[i] != std::byte{0xa5}) {
      ADD_FAILURE() << "byte " << i << " behind the " << packed.used << " in use was written";
      break;
    }
  }
  return packed;
}

void expect_kept(const Case& c, std::uint64_t seed) {
  const detail::CompiledColumns columns(c.columns);
  std::vector<Foreign> foreign;
  foreign.reserve(c.features.size());
  const Features owned = c.pack();
  Features features;
  Rng rng(seed);
  for (const auto& [key, view] : owned.views()) {
    foreign.emplace_back(view, rng.once_in(2), rng.between(0, 1) * 5);
    features.set(key, foreign.back().view());
  }
  for (const bool wide : {false, true}) {
    const Packed packed = pack(columns, c.options, features, wide);
    std::int64_t first_id = 0;
    for (std::size_t f = 0; f < columns.features.size(); ++f) {
      const RaggedView& view = packed.feature(f);
      validate(view, "packed");
      const std::string& key = columns.features[f].key;
      EXPECT_EQ(read_back(view), kept_by_lists(rows_of(c, key), c.options)) << key;
      EXPECT_EQ(view.row_offsets.wide, wide);
      EXPECT_EQ(reinterpret_cast<std::uintptr_t>(view.data) % detail::kArenaAlignment, 0U);
    }
    for (std::size_t k = 0; k < columns.columns.size(); ++k) {
      EXPECT_EQ(detail::first_ids_of(&packed.header())[k], first_id);
      if (!detail::has_ids(columns.data[k])) continue;
      first_id += packed.feature(static_cast<std::size_t>(columns.data[k].feature)).value_count;
    }
  }
}

TEST(Arena, HoldsWhatIsKeptOfRandomBatches) {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    SCOPED_TRACE(seed);
    Rng rng(seed);
    expect_kept(random_case(rng), seed);
    if (testing::Test::HasFailure()) return;
  }
}

TEST(Arena, HoldsLongRowsManyRowsAndManyColumns) {
  for (const CaseLimits limits :
       {CaseLimits{3, 400, 1, 3, 1}, CaseLimits{300, 5, 2, 3, 1}, CaseLimits{40, 3, 3, 30, 1}}) {
    for (std::uint64_t seed = 0; seed < 10; ++seed) {
      SCOPED_TRACE(seed);
      Rng rng(1000 + seed);
      expect_kept(random_case(rng, limits), seed);
      if (testing::Test::HasFailure()) return;
    }
  }
}

// Offsets are copied in blocks: every number of them up to a few blocks, and every type of integer.
TEST(Arena, HoldsBatchesOfEverySize) {
  constexpr DType kTypes[] = {DType::string, DType::int8,   DType::int16,
                              DType::int32,  DType::int64,  DType::uint8,
                              DType::uint16, DType::uint32, DType::uint64};
  for (std::int64_t count = 0; count <= 70; ++count) {
    Rng rng(static_cast<std::uint64_t>(count));
    Case c;
    c.options.max_length = count % 3 == 0 ? 1 : 100;
    c.options.truncation = count % 2 == 0 ? Truncation::keep_last : Truncation::keep_first;
    for (const DType dtype : kTypes) {
      const std::string key(to_string(dtype));
      c.columns.emplace_back(sequence_categorical_column_with_hash_bucket(key, 10, dtype));
      Row row;
      for (std::int64_t i = 0; i < count; ++i) row.push_back({random_token(rng, dtype)});
      c.features[key] = {dtype, {row, {}, row}};
    }
    expect_kept(c, static_cast<std::uint64_t>(count));
    if (testing::Test::HasFailure()) return;
  }
}

// The first bad row decides, whether lengths differ there or one is too long.
TEST(Arena, NamesTheFirstRowWhoseLengthIsWrong) {
  const detail::CompiledColumns columns({sequence_categorical_column_with_hash_bucket("a", 10),
                                         sequence_categorical_column_with_hash_bucket("b", 10)});
  const auto refusal = [&](const std::vector<std::int64_t>& a, const std::vector<std::int64_t>& b,
                           bool nested) {
    const auto rows_of = [&](const std::vector<std::int64_t>& lengths, bool with_holes) {
      ListFeature feature;
      for (const std::int64_t length : lengths) {
        Row& row = feature.rows.emplace_back(static_cast<std::size_t>(length), Step{"t"});
        if (with_holes) row.resize(row.size() + 1);
      }
      return feature.pack();
    };
    Features features;
    features.set("a", rows_of(a, false));
    features.set("b", rows_of(b, nested));
    detail::MeasuredBatch batch;
    try {
      detail::measure(columns, {.max_length = 3}, features, batch);
    } catch (const DataError& error) {
      const std::string said = "row " + std::to_string(error.row().value()) + ": ";
      EXPECT_TRUE(std::string(error.what()).starts_with(said));
      EXPECT_TRUE(std::string(error.what()).ends_with(error.reason()));
      return std::string(error.what());
    }
    return std::string();
  };
  for (const bool nested : {false, true}) {
    EXPECT_EQ(refusal({1, 0, 3}, {1, 0, 3}, nested), "");
    EXPECT_EQ(refusal({1, 0, 2, 9}, {1, 0, 3, 9}, nested),
              "row 2: the lengths of columns differ: 'a' has 2, 'b' has 3 steps; all columns of a "
              "layer need equal lengths");
    EXPECT_EQ(
        refusal({1, 4, 2, 9}, {1, 4, 3, 9}, nested),
        "row 1: a: got 4 steps, expected at most max_length = 3; set truncation to keep_first or "
        "keep_last to cut rows");
  }
}

}  // namespace
}  // namespace seqfeat::test
