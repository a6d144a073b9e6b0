// SPDX-License-Identifier: Apache-2.0
// Rows of files of columns: random layouts and chunks against what they mean, and streams that
// fail.
#include "run/arrow_rows.hpp"

#include <gtest/gtest.h>

#include <cerrno>
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "io/byte_source.hpp"
#include "run/row_batch.hpp"
#include "seqfeat/error.hpp"
#include "tests/arrow/made_array.hpp"
#include "tests/arrow/random_array.hpp"
#include "tests/arrow/rows.hpp"
#include "tests/support/random.hpp"

namespace seqfeat::test {
namespace {

/// Opens every file as a stream of the same chunks, which ends with `error`.
class MadeFiles final : public run::ArrowFiles {
 public:
  explicit MadeFiles(std::vector<MadeArray> chunks, int error = 0)
      : chunks_(std::move(chunks)), error_(error) {}

  [[nodiscard]] std::int64_t size(const std::string&) override { return 1; }
  [[nodiscard]] std::string filter() const override { return ""; }
  void open(const std::string&, std::string_view, const std::vector<std::string>& columns,
            ArrowArrayStream* out) override {
    asked = columns;
    next_ = 0;
    out->private_data = this;
    out->get_schema = [](ArrowArrayStream* stream, ArrowSchema* schema) {
      *schema = schema_of(self(stream).chunks_.front());
      return 0;
    };
    out->get_next = [](ArrowArrayStream* stream, ArrowArray* array) {
      MadeFiles& files = self(stream);
      if (files.next_ < files.chunks_.size()) {
        *array = array_of(files.chunks_[files.next_++]);
        return 0;
      }
      array->release = nullptr;
      return files.error_;
    };
    out->get_last_error = [](ArrowArrayStream*) { return "the producer's words"; };
    out->release = [](ArrowArrayStream* stream) { stream->release = nullptr; };
  }

  std::vector<std::string> asked;

 private:
  static MadeFiles& self(ArrowArrayStream* stream) {
    return *static_cast<MadeFiles*>(stream->private_data);
  }

  std::vector<MadeArray> chunks_;
  int error_;
  std::size_t next_ = 0;
};

/// A table of columns by name.
MadeArray table_of(std::vector<std::pair<std::string, MadeArray>> columns) {
  MadeArray table{.format = "+s", .length = columns.front().second.length};
  table.buffers.push_back(std::nullopt);
  for (auto& [name, column] : columns) {
    column.name = name;
    table.children.push_back(std::move(column));
  }
  return table;
}

MadeArray integers(const std::vector<std::int64_t>& values) {
  return {.format = "l",
          .length = static_cast<std::int64_t>(values.size()),
          .buffers = {std::nullopt, buffer_of(values)}};
}

/// All rows of a file, read back.
std::unique_ptr<run::RowBatch> read(MadeFiles& files, const ParseSpec& spec,
                                    const std::vector<std::string>& keep = {},
                                    const std::string& name = "a.parquet",
                                    std::vector<std::string>* bytes = nullptr) {
  const run::ArrowKeys keys = run::arrow_keys(spec, keep);
  run::ArrowRows rows(files, name, "parquet", keys);
  auto batch = run::make_arrow_rows(spec, keep);
  while (const auto row = rows.next()) {
    if (bytes != nullptr) bytes->emplace_back(*row);
    batch->add(*row);
  }
  return batch;
}

template <class Call>
DataError failure(const Call& call) {
  try {
    call();
  } catch (const DataError& error) {
    return error;
  }
  ADD_FAILURE() << "nothing was thrown";
  return DataError("nothing");
}

TEST(ArrowRows, GivesTheRowsOfEveryLayout) {
  for (std::uint64_t seed = 0; seed < 400; ++seed) {
    Rng rng(seed);
    const ColumnFormat format = random_format(rng);
    SCOPED_TRACE(std::to_string(seed) + ": " + format.text());
    const ParseSpec spec{{"c", format.token == "n" ? DType::string : format.dtype()},
                         {"d", DType::int64}};
    std::vector<Element> all;
    std::vector<MadeArray> chunks;
    std::vector<MadeArray> plain;
    std::vector<std::int64_t> numbers;
    for (std::int64_t more = rng.pick({1, 2, 4}); more > 0; --more) {
      const auto rows = random_rows(rng, format, rng.pick<std::int64_t>({0, 1, 2, 20}));
      const std::vector<std::int64_t> own(rows.size(), static_cast<std::int64_t>(chunks.size()));
      chunks.push_back(table_of({{"d", integers(own)}, {"c", random_array(rng, rows, format)}}));
      plain.push_back(table_of({{"c", plain_array(rows, format)}, {"d", integers(own)}}));
      all.insert(all.end(), rows.begin(), rows.end());
      numbers.insert(numbers.end(), own.begin(), own.end());
    }
    std::vector<std::string> bytes;
    MadeFiles files(std::move(chunks));
    const auto batch = read(files, spec, {}, "a.parquet", &bytes);
    EXPECT_EQ(files.asked, (std::vector<std::string>{"c", "d"}));
    ASSERT_EQ(rows_of(batch->feature("c").view()), meaning_of(all, format));
    ASSERT_EQ(batch->rows(), static_cast<std::int64_t>(numbers.size()));
    // How memory is laid out does not change the bytes, of which a resumed run asks for the CRC.
    std::vector<std::string> plain_bytes;
    MadeFiles plain_files(std::move(plain));
    (void)read(plain_files, spec, {}, "a.parquet", &plain_bytes);
    ASSERT_EQ(bytes, plain_bytes);
    ASSERT_EQ(live_structs(), 0);
  }
}

TEST(ArrowRows, SaysWhereAStreamFails) {
  const ParseSpec spec{{"c", DType::int64}};
  const MadeArray chunk = table_of({{"c", integers({1, 2, 3})}});
  MadeFiles files({chunk, chunk}, EIO);
  const DataError broken = failure([&] { (void)read(files, spec); });
  EXPECT_EQ(broken.place().record, 6);
  EXPECT_NE(std::string(broken.what()).find("the producer's words"), std::string::npos);
  // A store far away that does not answer is no reason to leave rows out.
  EXPECT_THROW((void)read(files, spec, {}, "s3://bucket/a.parquet"), UnreadableFile);
  EXPECT_EQ(live_structs(), 0);
}

TEST(ArrowRows, SaysWhichColumnAndRowIsMalformed) {
  MadeArray list{.format = "+l", .length = 2};
  list.buffers = {std::nullopt, buffer_of(std::vector<std::int32_t>{0, 1, 7})};
  list.children.push_back(integers({4, 5, 6}));
  const MadeArray good =
      table_of({{"c", [&] {
                   MadeArray whole = list;
                   whole.buffers[1] = buffer_of(std::vector<std::int32_t>{0, 1, 3});
                   return whole;
                 }()}});
  MadeFiles files({good, table_of({{"c", list}})});
  const ParseSpec spec{{"c", DType::int64}};
  const DataError lying = failure([&] { (void)read(files, spec); });
  EXPECT_EQ(lying.place().file, "a.parquet");
  EXPECT_EQ(lying.place().column, "c");
  MadeFiles other({table_of({{"d", integers({1})}})});
  const DataError missing = failure([&] { (void)read(other, spec); });
  EXPECT_EQ(missing.place().column, "c");
  EXPECT_NE(std::string(missing.what()).find("no such column"), std::string::npos);
  EXPECT_EQ(live_structs(), 0);
}

TEST(ArrowRows, LeavesNothingOfARowThatCannotBeUsed) {
  MadeFiles files({table_of({{"a", integers({1, 2, 3})}, {"b", integers({1, 300, 3})}})});
  const ParseSpec spec{{"a", DType::int64}, {"b", DType::int8}};
  const run::ArrowKeys keys = run::arrow_keys(spec, {});
  run::ArrowRows rows(files, "a.parquet", "parquet", keys);
  const auto batch = run::make_arrow_rows(spec, {});
  batch->add(*rows.next());
  EXPECT_EQ(failure([&] { batch->add(*rows.next()); }).place().column, "b");
  batch->add(*rows.next());
  EXPECT_EQ(rows_of(batch->feature("a").view()), (Rows{{{"1"}}, {{"3"}}}));
  EXPECT_EQ(rows_of(batch->feature("b").view()), (Rows{{{"1"}}, {{"3"}}}));
}

TEST(ArrowRows, KeepsOneValueOfARow) {
  const double huge = 1e300;
  const double infinite = std::numeric_limits<double>::infinity();
  const auto numbers = [](const std::vector<double>& values) {
    return MadeArray{.format = "g",
                     .length = static_cast<std::int64_t>(values.size()),
                     .buffers = {std::nullopt, buffer_of(values)}};
  };
  MadeFiles files({table_of(
      {{"a", integers({1, 2})}, {"k", integers({7, -7})}, {"x", numbers({0.5, -infinite})}})});
  const auto batch = read(files, {{"a", DType::float32}}, {"x", "k"});
  EXPECT_EQ(batch->kept(0), (std::vector<Scalar>{0.5F, -std::numeric_limits<float>::infinity()}));
  EXPECT_EQ(batch->kept(1), (std::vector<Scalar>{std::int64_t{7}, std::int64_t{-7}}));
  const RaggedView floats = batch->feature("a").view();
  ASSERT_EQ(floats.value_count, 2);
  EXPECT_EQ(static_cast<const float*>(floats.data)[1], 2.0F);
  MadeFiles large({table_of({{"a", integers({1})}, {"x", numbers({huge})}})});
  EXPECT_EQ(failure([&] { (void)read(large, {{"a", DType::int64}}, {"x"}); }).place().column, "x");
}

}  // namespace
}  // namespace seqfeat::test
