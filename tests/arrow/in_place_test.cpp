// SPDX-License-Identifier: Apache-2.0
// What is read where Arrow has it, what is copied, and who keeps which memory alive.

#include <gtest/gtest.h>
#include <sys/mman.h>

#include <cstring>
#include <memory>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "seqfeat/arrow.hpp"
#include "seqfeat/error.hpp"
#include "tests/arrow/made_array.hpp"
#include "tests/arrow/random_array.hpp"
#include "tests/arrow/rows.hpp"

namespace seqfeat::test {
namespace {

Element token(std::string text) {
  return {.token = std::move(text)};
}
Element list(std::vector<Element> elements) {
  return {.list = std::move(elements)};
}
const Element kNull{.null = true};  // NOLINT(cert-err58-cpp)

/// [["a", "bc"], [], ["d"]]
MadeArray letters(const std::string& lists = "+l", const std::string& strings = "u") {
  return plain_array({list({token("a"), token("bc")}), list({}), list({token("d")})},
                     {.lists = {lists}, .token = strings});
}

/// An array that stays in sight while a table has it.
struct Shown {
  explicit Shown(const MadeArray& made)
      : array(array_of(made)), schema(schema_of(made)), seen(array), table(&schema, &array) {}

  [[nodiscard]] const void* buffer(std::size_t i) const { return seen.buffers[i]; }
  [[nodiscard]] const void* child_buffer(std::size_t i) const {
    return seen.children[0]->buffers[i];
  }

  ArrowArray array;
  ArrowSchema schema;
  ArrowArray seen;
  ArrowTable table;
};

TEST(ArrowInPlace, ListsOfStringsAreViews) {
  for (const auto& [lists, strings, wide] :
       {std::tuple{"+l", "u", false}, std::tuple{"+L", "U", true}, std::tuple{"+L", "Z", true}}) {
    const Shown shown(letters(lists, strings));
    const ArrowColumn column = shown.table.column("c");
    EXPECT_FALSE(column.copied);
    EXPECT_EQ(column.view.row_offsets.data, shown.buffer(1));
    EXPECT_EQ(column.view.byte_offsets.data, shown.child_buffer(1));
    EXPECT_EQ(column.view.data, shown.child_buffer(2));
    EXPECT_EQ(column.view.byte_offsets.wide, wide);
    EXPECT_TRUE(column.view.step_offsets.absent());
    EXPECT_EQ(rows_of(column.view), (Rows{{{"a"}, {"bc"}}, {}, {{"d"}}}));
  }
}

TEST(ArrowInPlace, StepsOfSeveralIntegersAreViews) {
  const Shown shown(plain_array({list({list({token("1"), token("2")}), list({})})},
                                {.lists = {"+l", "+L"}, .token = "i"}));
  const ArrowColumn column = shown.table.column("c");
  EXPECT_FALSE(column.copied);
  EXPECT_EQ(column.depth, 2);
  EXPECT_EQ(column.view.row_offsets.data, shown.buffer(1));
  EXPECT_EQ(column.view.step_offsets.data, shown.child_buffer(1));
  EXPECT_EQ(column.view.data, shown.seen.children[0]->children[0]->buffers[1]);
  EXPECT_EQ(rows_of(column.view), (Rows{{{"1", "2"}, {}}}));
}

TEST(ArrowInPlace, ASliceKeepsItsStrings) {
  MadeArray made = letters();
  made.offset = 2;
  made.length = 1;
  const Shown shown(made);
  const ArrowColumn column = shown.table.column("c");
  EXPECT_FALSE(column.copied);
  EXPECT_EQ(column.view.data, shown.child_buffer(2));
  EXPECT_EQ(rows_of(column.view), (Rows{{{"d"}}}));
}

TEST(ArrowInPlace, NullsWithoutBytesKeepTheStrings) {
  const Shown shown(
      plain_array({list({token("a"), kNull, token("d")}), kNull}, {.lists = {"+l"}, .token = "u"}));
  const ArrowColumn column = shown.table.column("c");
  EXPECT_FALSE(column.copied);
  EXPECT_EQ(column.view.data, shown.child_buffer(2));
  EXPECT_EQ(rows_of(column.view), (Rows{{{"a"}, {}, {"d"}}, {}}));
}

TEST(ArrowInPlace, StringViewsAndChunksAreCopied) {
  EXPECT_TRUE(Shown(letters("+l", "vu")).table.column("c").copied);
  const MadeArray made = letters();
  ArrowSchema schema = schema_of(made);
  std::vector<ArrowArray> chunks{array_of(made), array_of(made)};
  const ArrowColumn column = ArrowTable(&schema, chunks).column("c");
  EXPECT_TRUE(column.copied);
  EXPECT_EQ(rows_of(column.view),
            (Rows{{{"a"}, {"bc"}}, {}, {{"d"}}, {{"a"}, {"bc"}}, {}, {{"d"}}}));
}

TEST(ArrowInPlace, OneChunkOfSeveralThatHasRowsIsAView) {
  MadeArray empty = letters();
  empty.length = 0;
  const MadeArray made = letters();
  ArrowSchema schema = schema_of(made);
  std::vector<ArrowArray> chunks{array_of(empty), array_of(made), array_of(empty)};
  EXPECT_FALSE(ArrowTable(&schema, chunks).column("c").copied);
}

TEST(ArrowInPlace, BuffersNeedNotBeAligned) {
  MadeArray made = letters("+L", "U");
  // The structs copy buffers to aligned memory: shift the pointers behind their back.
  for (MadeArray* level : {&made, made.children.data()}) {
    level->buffers[1]->insert(level->buffers[1]->begin(), std::byte{});
  }
  ArrowSchema schema = schema_of(made);
  ArrowArray array = array_of(made);
  for (const ArrowArray* level : {&array, array.children[0]}) {
    level->buffers[1] = static_cast<const char*>(level->buffers[1]) + 1;
  }
  const ArrowColumn column = ArrowTable(&schema, &array).column("c");
  EXPECT_EQ(rows_of(column.view), (Rows{{{"a"}, {"bc"}}, {}, {{"d"}}}));

  made = plain_array({token("7"), token("-8")}, {.token = "i"});
  made.buffers[1]->insert(made.buffers[1]->begin(), std::byte{});
  schema = schema_of(made);
  array = array_of(made);
  array.buffers[1] = static_cast<const char*>(array.buffers[1]) + 1;
  EXPECT_EQ(rows_of(ArrowTable(&schema, &array).column("c").view), (Rows{{{"7"}}, {{"-8"}}}));
}

TEST(ArrowInPlace, EmptyArraysNeedNoBuffers) {
  for (const char* const strings : {"u", "U", "vu", "w:3", "l"}) {
    MadeArray made = plain_array({}, {.lists = {"+l"}, .token = strings});
    for (MadeArray* level : {&made, made.children.data()}) {
      for (auto& buffer : level->buffers) buffer.reset();
    }
    if (std::string(strings) == "vu") made.children[0].buffers.resize(3);  // no data buffer
    const ArrowColumn column = Shown(made).table.column("c");
    EXPECT_EQ(rows_of(column.view), Rows{}) << strings;
  }
  MadeArray blank = plain_array({token(""), token("")}, {.token = "u"});
  blank.buffers[2].reset();  // no byte, so no buffer
  EXPECT_EQ(rows_of(Shown(blank).table.column("c").view), (Rows{{{""}}, {{""}}}));
}

TEST(ArrowInPlace, OffsetsBeyond31BitsAreRead) {
  constexpr std::size_t kBytes = std::size_t{3} << 30;  // of address space: two pages are touched
  auto* const memory = static_cast<char*>(::mmap(
      nullptr, kBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0));
  ASSERT_NE(static_cast<void*>(memory), MAP_FAILED);
  std::memcpy(memory + kBytes - 3, "xyz", 3);
  constexpr auto kEnd = static_cast<std::int64_t>(kBytes);
  MadeArray made{.format = "U",
                 .length = 3,
                 .buffers = {std::nullopt, buffer_of<std::int64_t>({0, kEnd - 3, kEnd - 1, kEnd}),
                             std::nullopt}};
  made.offset = 1;
  made.length = 2;
  ArrowSchema schema = schema_of(made);
  ArrowArray array = array_of(made);
  array.buffers[2] = memory;
  {
    const ArrowColumn column = ArrowTable(&schema, &array).column("c");
    EXPECT_EQ(rows_of(column.view), (Rows{{{"xy"}}, {{"z"}}}));
  }
  ::munmap(memory, kBytes);
}

TEST(ArrowMemory, AColumnOutlivesItsTable) {
  ArrowColumn column;
  {
    const Shown shown(letters());
    column = shown.table.column("c");
  }
  EXPECT_EQ(rows_of(column.view), (Rows{{{"a"}, {"bc"}}, {}, {{"d"}}}));
  EXPECT_GT(live_structs(), 0);
  column = {};
  EXPECT_EQ(live_structs(), 0);
}

TEST(ArrowMemory, AnExportedParentAndItsChildAreReleasedInAnyOrder) {
  const auto owner = std::make_shared<Ragged>();
  owner->add_value("x");
  owner->end_step();
  owner->end_row();
  for (const bool child_first : {true, false}) {
    ArrowSchema schema{};
    ArrowArray array{};
    export_arrow(owner->view(), owner, &schema, &array);
    EXPECT_STREQ(schema.format, "+L");
    EXPECT_STREQ(schema.children[0]->format, "Z");
    EXPECT_GT(owner.use_count(), 1);
    schema.release(&schema);
    EXPECT_EQ(schema.release, nullptr);

    ArrowArray child = *array.children[0];  // moved away
    array.children[0]->release = nullptr;
    ArrowArray parent = array;  // moved, too
    array.release = nullptr;
    ArrowArray& first = child_first ? child : parent;
    ArrowArray& second = child_first ? parent : child;
    first.release(&first);
    EXPECT_EQ(first.release, nullptr);
    EXPECT_EQ(std::memcmp(owner->view().data, "x", 1), 0);
    EXPECT_GT(owner.use_count(), 1) << "the other one still needs the memory";
    second.release(&second);
    EXPECT_EQ(owner.use_count(), 1);
  }
}

TEST(ArrowMemory, ExportedTypesFollowTheOffsets) {
  const std::vector<std::int32_t> rows{0, 2};
  const std::vector<std::int16_t> values{1, 2, 3, 4};
  RaggedView view;
  view.row_offsets = offsets_of(rows);
  view.data = values.data();
  view.value_count = 4;
  view.values_per_step = 2;
  view.dtype = DType::int16;
  ArrowSchema schema{};
  ArrowArray array{};
  export_arrow(view, nullptr, &schema, &array);
  EXPECT_STREQ(schema.format, "+l");
  EXPECT_STREQ(schema.children[0]->format, "+w:2");
  EXPECT_STREQ(schema.children[0]->children[0]->format, "s");
  EXPECT_EQ(array.children[0]->children[0]->buffers[1], values.data());
  EXPECT_EQ(rows_of(ArrowTable(&schema, &array).column("c").view),
            (Rows{{{"1", "2"}, {"3", "4"}}}));
}

TEST(ArrowMemory, ExportRefusesWhatConsumersWouldTrust) {
  const std::vector<std::int64_t> rows{0, 2, 1};
  RaggedView view;
  view.row_offsets = offsets_of(rows);
  view.value_count = 1;
  view.data = rows.data();
  view.dtype = DType::int64;
  ArrowSchema schema{};
  ArrowArray array{};
  EXPECT_THROW(export_arrow(view, nullptr, &schema, &array), DataError);
  view.row_offsets.count = 0;
  EXPECT_THROW(export_arrow(view, nullptr, &schema, &array), InvalidArgument);
  view.location = Location::device;
  EXPECT_THROW(export_arrow(view, nullptr, &schema, &array), InvalidArgument);
  EXPECT_EQ(schema.release, nullptr);
  EXPECT_EQ(array.release, nullptr);
}

}  // namespace
}  // namespace seqfeat::test
