// SPDX-License-Identifier: Apache-2.0
// Arrays that contradict themselves: refused, with column and row, before anything is read.

#include <gtest/gtest.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "seqfeat/arrow.hpp"
#include "seqfeat/error.hpp"
#include "tests/arrow/made_array.hpp"
#include "tests/arrow/random_array.hpp"
#include "tests/arrow/rows.hpp"
#include "tests/support/refusal.hpp"

namespace seqfeat::test {
namespace {

constexpr std::int64_t kLargest = std::numeric_limits<std::int64_t>::max();

Element token(std::string text) {
  return {.token = std::move(text)};
}

/// Two rows of two tokens; one token is long, so that a string view of it points to a buffer.
MadeArray two_rows(const std::string& lists, const std::string& tokens,
                   const std::string& index = "") {
  const bool strings = ColumnFormat{.token = tokens}.dtype() == DType::string;
  const Element a = token(strings ? "a" : "1");
  const Element b = token(strings ? std::string(20, 'b') : "2");
  return plain_array({{.list = {a, b}}, {.list = {b, a}}},
                     {.lists = {lists}, .token = tokens, .index = index});
}

ArrowColumn read(const MadeArray& made) {
  ArrowSchema schema = schema_of(made);
  ArrowArray array = array_of(made);
  return ArrowTable(&schema, &array).column("tokens");
}

/// A way to spoil an array, and what is said about it.
struct Fault {
  std::string says;
  std::function<void(MadeArray&)> plant;
  std::optional<std::int64_t> row{};
};

/// Each fault in an array of its own; without a fault the array is read.
void expect_refused(const MadeArray& whole, const std::vector<Fault>& faults) {
  EXPECT_EQ(read(whole).view.rows(), 2);
  for (const Fault& fault : faults) {
    MadeArray spoiled = whole;
    fault.plant(spoiled);
    try {
      static_cast<void>(read(spoiled));
      ADD_FAILURE() << "was read, expected: " << fault.says;
    } catch (const DataError& refused) {
      EXPECT_TRUE(holds(refused.what(), fault.says)) << refused.what();
      EXPECT_EQ(refused.place().column, "tokens") << refused.what();
      EXPECT_EQ(refused.row(), fault.row) << refused.what();
    }
  }
  EXPECT_EQ(live_structs(), 0);
}

MadeArray& child(MadeArray& made) {
  return made.children[0];
}
template <class T>
std::function<void(MadeArray&)> list_offsets(std::vector<T> offsets) {
  return [=](MadeArray& made) { made.buffers[1] = buffer_of(offsets); };
}

TEST(ArrowHostile, ContradictingStructsAreRefused) {
  expect_refused(
      two_rows("+l", "u"),
      {{"length -5", [](MadeArray& made) { child(made).length = -5; }},
       {"offset -1", [](MadeArray& made) { child(made).offset = -1; }},
       {"and offset",
        [](MadeArray& made) { child(made).length = kLargest, child(made).offset = 1; }},
       {"and offset", [](MadeArray& made) { child(made).offset = kLargest; }},
       {"has 1 buffers, expected 2", [](MadeArray& made) { made.n_buffers = 1; }},
       {"has -1 buffers", [](MadeArray& made) { made.n_buffers = -1; }},
       {"has 3 buffers, expected 2", [](MadeArray& made) { made.buffers.emplace_back(); }},
       {"has 2 buffers, expected 3", [](MadeArray& made) { child(made).buffers.pop_back(); }},
       {"buffers are a null pointer",
        [](MadeArray& made) { child(made).buffers.clear(), child(made).n_buffers = 3; }},
       {"has 0 children", [](MadeArray& made) { made.n_children = 0; }},
       {"has 2 children", [](MadeArray& made) { made.children.push_back(child(made)); }},
       {"null_count -2", [](MadeArray& made) { made.null_count = -2; }},
       {"null_count 3", [](MadeArray& made) { made.null_count = 3; }},
       {"no validity bitmap", [](MadeArray& made) { child(made).null_count = 1; }},
       {"buffer 1 is a null pointer", [](MadeArray& made) { made.buffers[1].reset(); }},
       {"buffer 1 is a null pointer", [](MadeArray& made) { child(made).buffers[1].reset(); }},
       {"buffer 2 is a null pointer", [](MadeArray& made) { child(made).buffers[2].reset(); }},
       {"children, or a null one", [](MadeArray& made) { made.children.clear(); }}});
}

TEST(ArrowHostile, SizesOfATableAreCheckedAtOnce) {
  for (const auto& [length, offset] :
       {std::pair{std::int64_t{-1}, std::int64_t{0}}, {2, -1}, {kLargest, 1}, {2, kLargest}}) {
    MadeArray made = two_rows("+l", "u");
    made.length = length;
    made.offset = offset;
    ArrowSchema schema = schema_of(made);
    ArrowArray array = array_of(made);
    EXPECT_TRUE(holds(refusal<DataError>([&] { return ArrowTable(&schema, &array); }),
                      "Arrow table", "length " + std::to_string(length),
                      "offset " + std::to_string(offset)));
  }
}

TEST(ArrowHostile, OffsetsThatLieAreRefused) {
  using Narrow = std::vector<std::int32_t>;
  expect_refused(
      two_rows("+l", "i"),
      {{"is -1, expected at least 0", list_offsets(Narrow{-1, 2, 4}), 0},
       {"goes down from 5 to 4", list_offsets(Narrow{0, 5, 4}), 1},
       {"goes down from 3 to 2", list_offsets(Narrow{3, 2, 4}), 0},
       {"is 5, expected at most 4", list_offsets(Narrow{0, 2, 5}), 1},
       {"is 5, expected at most 4", list_offsets(Narrow{1, 2, 5}), 1},
       {"buffer 1 is a null pointer", [](MadeArray& made) { child(made).buffers[1].reset(); }}});
  using Wide = std::vector<std::int64_t>;
  expect_refused(two_rows("+L", "l"),
                 {{"is -1, expected at least 0", list_offsets(Wide{-1, 2, 4}), 0},
                  {"goes down", list_offsets(Wide{1, -kLargest - 1, 4}), 0},
                  {"goes down", list_offsets(Wide{0, kLargest, 4}), 1},
                  {"goes down", list_offsets(Wide{2, 2, -kLargest - 1}), 1},
                  {"expected at most 4", list_offsets(Wide{0, 2, kLargest}), 1}});
  const auto strings = [](std::vector<std::int32_t> offsets) {
    return [=](MadeArray& made) { child(made).buffers[1] = buffer_of(offsets); };
  };
  expect_refused(two_rows("+l", "z"), {{"is -7", strings({-7, 1, 21, 41, 42}), 0},
                                       {"goes down from 41 to 2", strings({0, 1, 41, 2, 42}), 1}});
}

TEST(ArrowHostile, NullsDoNotHideLies) {
  MadeArray whole = two_rows("+l", "u");
  whole.buffers[0] = bitmap_of("11");
  child(whole).buffers[0] = bitmap_of("1011");
  using Narrow = std::vector<std::int32_t>;
  expect_refused(whole, {{"goes down from 4 to 2", list_offsets(Narrow{0, 4, 2}), 1},
                         {"goes down from 41 to 2",
                          [](MadeArray& made) {
                            child(made).buffers[1] = buffer_of(Narrow{0, 1, 41, 2, 42});
                          },
                          1}});
}

TEST(ArrowHostile, ListViewsThatLieAreRefused) {
  const auto view = [](std::vector<std::int32_t> begins, std::vector<std::int32_t> sizes) {
    return [=](MadeArray& made) {
      made.buffers[1] = buffer_of(begins);
      made.buffers[2] = buffer_of(sizes);
    };
  };
  expect_refused(two_rows("+vl", "u"), {{"begins at -1", view({0, -1}, {1, 1}), 1},
                                        {"with -1 elements", view({0, 0}, {1, -1}), 1},
                                        {"begins at 5 with 0", view({0, 5}, {1, 0}), 1},
                                        {"begins at 3 with 2", view({3, 0}, {2, 1}), 0},
                                        {"buffer 2 is a null pointer",
                                         [](MadeArray& made) { made.buffers[2].reset(); }}});
  EXPECT_EQ(rows_of(read([&] {
                      MadeArray overlapping = two_rows("+vl", "u");
                      view({0, 0}, {1, 1})(overlapping);
                      return overlapping;
                    }())
                        .view),
            (Rows{{{"a"}}, {{"a"}}}));
}

TEST(ArrowHostile, ViewsOfStringsThatLieAreRefused) {
  // size, prefix, buffer, begin
  const auto second = [](std::int32_t size, std::int32_t buffer, std::int32_t begin) {
    return [=](MadeArray& made) {
      const std::array<std::int32_t, 4> view{size, 0, buffer, begin};
      std::memcpy(child(made).buffers[1]->data() + 16, view.data(), 16);
    };
  };
  const auto sizes = [](std::int64_t size) {
    return [=](MadeArray& made) {
      child(made).buffers.back() = buffer_of(std::vector<std::int64_t>{size});
    };
  };
  expect_refused(
      two_rows("+l", "vu"),
      {{"size -1", second(-1, 0, 0), 0},
       {"data buffer 1, expected 0 to 0", second(20, 1, 0), 0},
       {"data buffer -1", second(20, -1, 0), 0},
       {"begins at -1", second(20, 0, -1), 0},
       {"begins at 30 with 20 bytes, in a data buffer of 40", second(20, 0, 30), 0},
       {"in a data buffer of 19", sizes(19), 0},
       {"in a data buffer of -1", sizes(-1), 0},
       {"in a data buffer of -9", sizes(-kLargest - 1), 0},
       {"buffer 3 is a null pointer", [](MadeArray& made) { child(made).buffers[3].reset(); }},
       {"which is a null pointer", [](MadeArray& made) { child(made).buffers[2].reset(); }, 0},
       {"buffer 1 is a null pointer", [](MadeArray& made) { child(made).buffers[1].reset(); }},
       {"has 2 buffers, expected 3 or more",
        [](MadeArray& made) { child(made).buffers.resize(2); }}});
}

TEST(ArrowHostile, DictionariesThatLieAreRefused) {
  const auto index = [](std::int8_t third) {
    return [=](MadeArray& made) {
      child(made).buffers[1] = buffer_of(std::vector<std::int8_t>{0, 1, third, 0});
    };
  };
  const auto entries = [](MadeArray& made) -> MadeArray& { return child(made).dictionary[0]; };
  expect_refused(
      two_rows("+l", "u", "c"),
      {{"index is 2, expected 0 to 1", index(2), 1},
       {"index is -1, expected 0 to 1", index(-1), 1},
       {"length -1", [=](MadeArray& made) { entries(made).length = -1; }},
       {"expected 3", [=](MadeArray& made) { entries(made).buffers.pop_back(); }},
       {"entry 1 of a dictionary: an Arrow offset goes down",
        [=](MadeArray& made) {
          entries(made).buffers[1] = buffer_of(std::vector<std::int32_t>{0, 1, 0});
        }},
       {"buffer 1 is a null pointer", [](MadeArray& made) { child(made).buffers[1].reset(); }}});
  MadeArray wide = two_rows("+l", "u", "L");
  child(wide).buffers[1] = buffer_of(std::vector<std::uint64_t>{0, 1, ~std::uint64_t{0}, 0});
  EXPECT_TRUE(
      holds(refusal<DataError>([&] { return read(wide); }), "index is 18446744073709551615"));
}

TEST(ArrowHostile, FixedSizesThatDoNotFitAreRefused) {
  expect_refused(
      two_rows("+w:2", "i"),
      {{"fixed-size list of 2", [](MadeArray& made) { child(made).length = 3; }},
       {"fixed-size list of 2147483647", [](MadeArray& made) { made.format = "+w:2147483647"; }},
       {"expected a size", [](MadeArray& made) { made.format = "+w:"; }},
       {"expected a size", [](MadeArray& made) { made.format = "+w:-2"; }},
       {"expected a size", [](MadeArray& made) { made.format = "+w:2147483648"; }}});
}

TEST(ArrowHostile, SizesWithoutMemoryBehindThemAllocateNothing) {
  constexpr std::int64_t kMany = std::int64_t{1} << 59;
  EXPECT_THROW(read({.format = "n", .length = kMany}), OutOfMemory);
  MadeArray nothing = two_rows("+w:0", "i");
  nothing.length = kMany;
  EXPECT_THROW(read(nothing), OutOfMemory);
  // Views of all elements over and over, 2^32 in all; bytes in all of them.
  constexpr std::int32_t kSide = 1 << 16;
  const std::vector<std::int32_t> zeros(kSide);
  MadeArray lists{.format = "+vl", .length = kSide};
  lists.buffers = {std::nullopt, buffer_of(zeros), buffer_of(std::vector(kSide, kSide))};
  std::vector<std::int32_t> views;
  for (int i = 0; i < kSide; ++i) views.insert(views.end(), {20, 0, 0, 0});
  MadeArray& strings = lists.children.emplace_back(MadeArray{.format = "vu", .length = kSide});
  strings.buffers = {std::nullopt, buffer_of(views), buffer_of(std::string(20, 'b')),
                     buffer_of(std::vector<std::int64_t>{20})};
  EXPECT_THROW(read(lists), OutOfMemory);
}

TEST(ArrowHostile, TypesWithoutTokensAreRefusedByName) {
  const auto said = [](const std::string& format) {
    return refusal<InvalidArgument>([&] { return read({.format = format}); });
  };
  EXPECT_TRUE(holds(said("e"), "feature 'tokens'", "float16", "'e'", "cast it"));
  EXPECT_TRUE(holds(said("b"), "bool"));
  EXPECT_TRUE(holds(said("tsu:UTC"), "timestamp"));
  EXPECT_TRUE(holds(said("+r"), "run-end"));
  EXPECT_TRUE(holds(said("+m"), "map"));
  EXPECT_TRUE(holds(said("nonsense"), "not known", "nonsense"));
  EXPECT_TRUE(holds(said(""), "not known"));
  EXPECT_LT(said(std::string(100000, 'x')).size(), 400U);

  MadeArray deep{.format = "i"};
  for (int i = 0; i < 100; ++i) deep = {.format = "+l", .children = {deep}};
  EXPECT_TRUE(
      holds(refusal<InvalidArgument>([&] { return read(deep); }), "lists of lists of lists"));
  MadeArray twice = two_rows("+l", "u", "c");
  child(twice).dictionary[0].dictionary = {two_rows("+l", "u")};
  EXPECT_TRUE(holds(refusal<InvalidArgument>([&] { return read(twice); }), "dictionaries"));
  const MadeArray of_lists{.format = "i", .dictionary = {two_rows("+l", "u")}};
  EXPECT_TRUE(holds(refusal<InvalidArgument>([&] { return read(of_lists); }), "dictionary"));
  const MadeArray by_strings{.format = "u", .dictionary = {{.format = "u"}}};
  EXPECT_TRUE(holds(refusal<DataError>([&] { return read(by_strings); }), "indices"));
}

TEST(ArrowHostile, WhatIsReleasedIsRefused) {
  ArrowSchema schema{};
  ArrowArray array{};
  EXPECT_THROW(ArrowTable(&schema, &array), InvalidArgument);
  schema = schema_of(two_rows("+l", "u"));
  EXPECT_THROW(ArrowTable(&schema, &array), InvalidArgument);
  EXPECT_EQ(schema.release, nullptr) << "it was taken all the same";
  array = array_of(two_rows("+l", "u"));
  EXPECT_THROW(ArrowTable(nullptr, &array), InvalidArgument);
  EXPECT_EQ(array.release, nullptr) << "it was taken all the same";
  schema = schema_of(two_rows("+l", "u"));
  EXPECT_THROW(ArrowTable(&schema, nullptr), InvalidArgument);
  EXPECT_THROW(ArrowTable(nullptr), InvalidArgument);
  EXPECT_EQ(live_structs(), 0);

  array = array_of(two_rows("+l", "u"));
  schema = schema_of(two_rows("+l", "u"));
  ArrowArray moved = *array.children[0];
  array.children[0]->release = nullptr;
  EXPECT_TRUE(
      holds(refusal<DataError>([&] { return ArrowTable(&schema, &array).column("tokens"); }),
            "released or moved"));
  moved.release(&moved);
  EXPECT_EQ(live_structs(), 0);
}

TEST(ArrowHostile, TablesThatContradictTheirSchemaAreRefused) {
  MadeArray table{.format = "+s", .length = 2, .buffers = {std::nullopt}};
  table.children = {two_rows("+l", "u"), two_rows("+l", "i")};
  table.children[0].name = "tokens";
  table.children[1].name = "other";
  EXPECT_EQ(read(table).view.rows(), 2);

  table.children[0].length = 1;
  EXPECT_TRUE(holds(refusal<DataError>([&] { return read(table); }), "has 1 elements, expected 2"));
  table.children[0].length = 2;
  table.children[0].name = "token";
  EXPECT_TRUE(
      holds(refusal<InvalidArgument>([&] { return read(table); }), "no such column", "'token'"));
  table.children[0].name = table.children[1].name = "tokens";
  EXPECT_TRUE(holds(refusal<InvalidArgument>([&] { return read(table); }), "two columns"));

  table.children[1].name = "other";
  ArrowSchema schema = schema_of(table);
  table.children.pop_back();
  ArrowArray array = array_of(table);
  EXPECT_TRUE(
      holds(refusal<DataError>([&] { return ArrowTable(&schema, &array).column("tokens"); }),
            "has 1 children, expected 2"));
}

/// A stream of chunks that fails after the last one, or ends.
struct Stream {
  std::vector<MadeArray> chunks{};
  std::size_t next = 0;
  int error = 0;
  ArrowArrayStream stream{};

  explicit Stream(std::vector<MadeArray> all, int error_at_end = 0)
      : chunks(std::move(all)), error(error_at_end) {
    stream.private_data = this;
    stream.get_schema = [](ArrowArrayStream* self, ArrowSchema* out) {
      *out = schema_of(of(self).chunks.front());
      return 0;
    };
    stream.get_next = [](ArrowArrayStream* self, ArrowArray* out) {
      Stream& made = of(self);
      if (made.next == made.chunks.size()) return made.error;
      *out = array_of(made.chunks[made.next++]);
      return 0;
    };
    stream.get_last_error = [](ArrowArrayStream*) { return "the producer's words"; };
    stream.release = [](ArrowArrayStream* self) { self->release = nullptr; };
  }
  static Stream& of(ArrowArrayStream* self) { return *static_cast<Stream*>(self->private_data); }
};

TEST(ArrowStream, ReadsToItsEnd) {
  Stream two({two_rows("+l", "u"), two_rows("+l", "u")});
  const ArrowTable table(&two.stream);
  EXPECT_EQ(two.stream.release, nullptr);
  EXPECT_FALSE(table.has_keys());
  EXPECT_EQ(table.rows(), 4);
  EXPECT_EQ(rows_of(table.column("c").view).size(), 4U);
}

TEST(ArrowStream, TellsTheProducersWords) {
  Stream broken({two_rows("+l", "u")}, EIO);
  EXPECT_TRUE(holds(refusal<DataError>([&] { return ArrowTable(&broken.stream); }), "Input/output",
                    "the producer's words"));
  EXPECT_EQ(live_structs(), 0);
}

}  // namespace
}  // namespace seqfeat::test
