// SPDX-License-Identifier: Apache-2.0
#include "seqfeat/pack.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <string>
#include <vector>

#include "seqfeat/error.hpp"
#include "seqfeat/features.hpp"
#include "tests/support/refusal.hpp"

namespace seqfeat {
namespace {

using test::holds;
using test::refusal;

/// A batch as text: rows in parentheses, steps of several values in brackets, `_` for a hole.
std::string text_of(const Ragged& batch) {
  const RaggedView view = batch.view();
  std::string text;
  for (std::int64_t row = 0; row < view.rows(); ++row) {
    text += "(";
    for (std::int64_t s = view.row_offsets[row]; s < view.row_offsets[row + 1]; ++s) {
      if (text.back() != '(') text += " ";
      const std::int64_t begin = view.first_value(s);
      const std::int64_t end = view.first_value(s + 1);
      if (end == begin) text += "_";
      for (std::int64_t i = begin; i < end; ++i) {
        if (i > begin) text += "+";
        if (is_float(view.dtype)) {
          text += std::to_string(std::lround(100 * float_at(view.data, view.dtype, i)));
        } else if (is_integer(view.dtype)) {
          text += std::to_string(integer_at(view.data, view.dtype, i));
        } else {
          text.append(static_cast<const char*>(view.data) + view.byte_offsets[i],
                      static_cast<const char*>(view.data) + view.byte_offsets[i + 1]);
        }
      }
    }
    text += ")";
  }
  return text;
}

TEST(Pack, KeepsRowsStepsAndValues) {
  EXPECT_EQ(text_of(from_rows({{"a", "bc"}, {}, {"d"}})), "(a bc)()(d)");
  EXPECT_TRUE(from_rows({{"a", "bc"}}).view().step_offsets.absent());
  EXPECT_EQ(text_of(from_nested_rows(
                std::vector<std::vector<std::vector<std::int16_t>>>{{{1, -2}, {}, {3}}, {}})),
            "(1+-2 _ 3)()");
}

TEST(Pack, KeepsTheTypeOfUnsignedRows) {
  const Ragged bytes = from_rows(std::vector<std::vector<std::uint8_t>>{{200}, {}});
  EXPECT_EQ(bytes.dtype(), DType::uint8);
  EXPECT_EQ(text_of(bytes), "(200)()");
  const Ragged large = from_rows(std::vector<std::vector<std::uint64_t>>{{~std::uint64_t{0}}});
  EXPECT_EQ(large.dtype(), DType::uint64);
}

TEST(Pack, KeepsNumbers) {
  const Ragged flat = from_rows(std::vector<std::vector<float>>{{1.5F, -1}, {}, {0.25F}});
  EXPECT_EQ(flat.dtype(), DType::float32);
  EXPECT_EQ(text_of(flat), "(150 -100)()(25)");
  const Ragged nested =
      from_nested_rows(std::vector<std::vector<std::vector<double>>>{{{1.5, 2}, {}}, {{3}}});
  EXPECT_EQ(nested.dtype(), DType::float64);
  EXPECT_EQ(text_of(nested), "(150+200 _)(300)");
  Ragged batch(DType::float32);
  batch.add_number(0.1);
  batch.add_numbers(std::vector<float>{2, 3});
  batch.end_row();
  EXPECT_EQ(text_of(batch), "(10+200+300)");
  EXPECT_THROW(batch.add_value("a"), InvalidArgument);
  EXPECT_THROW(batch.add_value(std::int64_t{1}), InvalidArgument);
  EXPECT_THROW(Ragged().add_number(1), InvalidArgument);
  EXPECT_THROW(Ragged(DType::int64).add_number(1), InvalidArgument);
  batch.cut_back(0);
  EXPECT_EQ(batch.view().value_count, 0);
}

TEST(Pack, TakesEveryNumberOfADenseArray) {
  const std::vector<double> cells = {-1, 0, 2.5, -1, -1, -1};
  const std::vector<std::int64_t> shape = {2, 3};
  EXPECT_EQ(text_of(from_dense({DType::float64, cells.data(), {}, 6, 0}, shape)),
            "(-100 0 250)(-100 -100 -100)");
}

TEST(Pack, TakesSparseNumbersOfWholeStepsWithoutGaps) {
  const std::vector<float> values = {1, 2, 3};
  const auto read = [&](const std::vector<std::int64_t>& indices, std::vector<std::int64_t> shape,
                        std::int64_t per_step) {
    return text_of(
        from_sparse({DType::float32, values.data(), {}, 3, 0}, indices, shape, "x", per_step));
  };
  EXPECT_EQ(read({0, 0, 0, 1, 1, 0}, {2, 4}, 2), "(100 200)(300)");
  EXPECT_EQ(read({0, 0, 0, 2, 1, 0}, {2, 4}, 1), "(100 _ 200)(300)");
  EXPECT_EQ(read({0, 0, 0, 0, 0, 1, 0, 1, 0}, {1, 2, 3}, 3), "(100+200 300)");
  const auto refused = [&](const std::vector<std::int64_t>& indices, std::int64_t per_step) {
    return refusal<DataError>([&] { return read(indices, {2, 4}, per_step); });
  };
  EXPECT_TRUE(holds(refused({0, 0, 0, 1, 1, 0}, 3), "'x'", "dense_shape[1] is 4", "multiple of 3"));
  EXPECT_TRUE(holds(refused({0, 0, 0, 2, 1, 0}, 2), "'x'", "cell 1", "gaps"));
  EXPECT_TRUE(holds(refused({0, 1, 1, 0, 1, 1}, 2), "cell 0"));
  EXPECT_TRUE(holds(refused({0, 0, 1, 1, 1, 2}, 2), "cell 0"));
}

TEST(Pack, GoesBackToARow) {
  Ragged batch;
  batch.add_value("a");
  batch.end_step();
  batch.end_row();
  batch.end_step();  // a hole: from here on steps have offsets of their own
  batch.add_value("b");
  batch.cut_back(1);
  EXPECT_EQ(text_of(batch), "(a)");
  batch.add_value("c");
  batch.add_value("d");
  batch.end_row();
  EXPECT_EQ(text_of(batch), "(a)(c+d)");
  batch.clear();
  EXPECT_EQ(text_of(batch), "");
  EXPECT_TRUE(batch.view().step_offsets.absent()) << "no step of several values is left";
  EXPECT_THROW(batch.cut_back(1), InvalidArgument);
}

TEST(Pack, RefusesIntegersThatDoNotFit) {
  Ragged small(DType::int8);
  small.add_value(std::int64_t{-128});
  EXPECT_THROW(small.add_value(std::int64_t{128}), DataError);
  EXPECT_THROW(small.add_value(std::int64_t{-129}), DataError);
  Ragged unsigned_small(DType::uint8);
  unsigned_small.add_value(std::uint64_t{255});
  EXPECT_THROW(unsigned_small.add_value(std::uint64_t{256}), DataError);
  EXPECT_THROW(unsigned_small.add_value(std::int64_t{-1}), DataError);
  Ragged large(DType::int64);
  EXPECT_THROW(large.add_value(~std::uint64_t{0}), DataError);
  EXPECT_THROW(large.add_value("text"), InvalidArgument);
  Ragged strings;
  EXPECT_THROW(strings.add_value(std::int64_t{1}), InvalidArgument);
}

TEST(Pack, LeavesHolesForMissingDenseCells) {
  const std::array<std::int32_t, 6> cells = {1, -1, 3, -1, -1, -1};
  const ValuesView values{DType::int32, cells.data(), {}, 6, 0};
  EXPECT_EQ(text_of(from_dense(values, std::array<std::int64_t, 2>{2, 3})), "(1 _ 3)()");
  EXPECT_EQ(text_of(from_dense(values, std::array<std::int64_t, 3>{1, 3, 2})), "(1 3)");
  EXPECT_EQ(text_of(from_dense(values, std::array<std::int64_t, 1>{6})), "(1)()(3)()()()");
  EXPECT_THROW((void)from_dense(values, std::array<std::int64_t, 2>{2, 4}), InvalidArgument);
  EXPECT_THROW((void)from_dense(values, std::array<std::int64_t, 2>{-2, -3}), InvalidArgument);
  EXPECT_THROW((void)from_dense(values, std::span<const std::int64_t>{}), InvalidArgument);
}

TEST(Pack, KnowsTheMissingCellsOfEveryType) {
  const std::array<std::int64_t, 1> shape = {3};
  const std::array<std::uint64_t, 3> wide = {7, ~std::uint64_t{0}, ~std::uint64_t{1}};
  const Ragged rows = from_dense({DType::uint64, wide.data(), {}, 3, 0}, shape);
  EXPECT_EQ(text_of(rows), "(7)()(-2)") << "as an int64";
  const std::array<std::uint8_t, 3> narrow = {7, 255, 254};
  EXPECT_EQ(text_of(from_dense({DType::uint8, narrow.data(), {}, 3, 0}, shape)), "(7)()(254)");
  const std::array<std::int64_t, 4> ends = {0, 2, 2, 3};
  const ValuesView strings{DType::string, "abc", offsets_of(ends), 3, 3};
  EXPECT_EQ(text_of(from_dense(strings, shape)), "(ab)()(c)");
}

TEST(Pack, KeepsTheOrderOfTheValuesOfACell) {
  std::vector<std::int64_t> tokens;
  std::vector<std::int64_t> indices;
  std::string first = "(";
  std::string second = "(";
  for (std::int64_t i = 0; i < 100; ++i) {
    tokens.push_back(i);
    indices.insert(indices.end(), {1 - i % 2, 0});
    std::string& row = i % 2 == 1 ? first : second;
    row += (row.size() > 1 ? "+" : "") + std::to_string(i);
  }
  const ValuesView values{DType::int64, tokens.data(), {}, 100, 0};
  EXPECT_EQ(text_of(from_sparse(values, indices, std::array<std::int64_t, 2>{2, 1})),
            first + ")" + second + ")");
}

TEST(Pack, SortsSparseValuesIntoTheirSteps) {
  const std::array<std::int64_t, 4> tokens = {10, 20, 30, 40};
  const ValuesView values{DType::int64, tokens.data(), {}, 4, 0};
  const std::array<std::int64_t, 2> shape = {3, 4};
  EXPECT_EQ(
      text_of(from_sparse(values, std::array<std::int64_t, 8>{2, 1, 0, 0, 0, 3, 2, 1}, shape)),
      "(20 _ _ 30)()(_ 10+40)");
  EXPECT_THROW(
      (void)from_sparse(values, std::array<std::int64_t, 8>{0, 0, 0, 4, 0, 0, 0, 0}, shape),
      DataError);
  EXPECT_THROW(
      (void)from_sparse(values, std::array<std::int64_t, 8>{0, 0, -1, 0, 0, 0, 0, 0}, shape),
      DataError);
  EXPECT_THROW((void)from_sparse(values, std::array<std::int64_t, 6>{0, 0, 0, 1, 0, 2}, shape),
               InvalidArgument);
}

TEST(Features, OwnOrView) {
  Features features;
  features.set("own", from_rows({{"a"}}));
  const Ragged kept = from_rows({{"b"}, {"c"}});
  features.set("view", kept.view());
  EXPECT_EQ(features.find("own")->rows(), 1);
  EXPECT_EQ(features.find("view")->rows(), 2);
  EXPECT_EQ(features.find("view")->data, kept.view().data);
  EXPECT_EQ(features.find("none"), nullptr);
  features.set("own", kept.view());
  EXPECT_EQ(features.find("own")->rows(), 2);
}

}  // namespace
}  // namespace seqfeat
