// SPDX-License-Identifier: Apache-2.0
#include "arrow/column.hpp"

#include <utility>

#include "arrow/dictionary.hpp"
#include "arrow/lists.hpp"
#include "arrow/offsets.hpp"
#include "arrow/room.hpp"
#include "arrow/tokens.hpp"

namespace seqfeat::detail {
namespace {

/// What a column's view points to, besides the producer's memory.
struct Memory {
  std::shared_ptr<const void> arrays;
  Lists rows;
  Lists steps;
  Tokens tokens;
  GrowingArray<std::int64_t> offsets;  // of rows that are no lists, or of steps without their nulls
};

/// Offsets of `count` elements of one value each.
Offsets of_ones(GrowingArray<std::int64_t>& memory, std::int64_t count, const Place& place) {
  std::int64_t* const to = room_in(memory, count + 1, place);
  to[0] = 0;
  fill_steps(to, count, 1);
  memory.added(static_cast<std::size_t>(count) + 1);
  return offsets_of(memory);
}

/// Offsets into slots as offsets into the tokens that are left of them.
Offsets without_nulls(GrowingArray<std::int64_t>& memory, const Offsets& steps,
                      const Tokens& tokens, const Place& place) {
  std::int64_t* const to = room_in(memory, steps.count, place);
  for (std::int64_t s = 0; s < steps.count; ++s) to[s] = tokens.kept.data()[steps[s]];
  memory.added(static_cast<std::size_t>(steps.count));
  return offsets_of(memory);
}

/// The lists of a column, and then its tokens by `read`.
template <class Read>
ArrowColumn assemble(const Runs& rows, const ColumnType& type, const Place& place,
                     std::shared_ptr<const void> arrays, const Read& read) {
  const auto memory = std::make_shared<Memory>();
  memory->arrays = std::move(arrays);
  Tokens& tokens = memory->tokens;
  ArrowColumn column;
  column.depth = static_cast<int>(type.lists.size());
  RaggedView& view = column.view;
  if (column.depth == 0) {
    tokens = read(rows, place);
    view.row_offsets = tokens.kept.size() > 0 ? offsets_of(tokens.kept)
                                              : of_ones(memory->offsets, tokens.slots, place);
  } else {
    memory->rows = read_lists(rows, type.lists[0], place);
    view.row_offsets = memory->rows.offsets;
    const Place in_rows(place, view.row_offsets);
    if (column.depth == 1) {
      tokens = read(memory->rows.elements, in_rows);
      if (tokens.kept.size() > 0) view.step_offsets = offsets_of(tokens.kept);
    } else {
      memory->steps = read_lists(memory->rows.elements, type.lists[1], in_rows);
      const Offsets& steps = memory->steps.offsets;
      tokens = read(memory->steps.elements, Place(in_rows, steps));
      view.step_offsets =
          tokens.kept.size() > 0 ? without_nulls(memory->offsets, steps, tokens, place) : steps;
    }
  }
  view.byte_offsets = tokens.byte_offsets;
  view.data = tokens.data;
  view.value_count = tokens.count;
  view.bytes = tokens.bytes;
  view.dtype = tokens.dtype;
  view.trusted = true;
  column.copied = tokens.copied();
  column.memory = memory;
  return column;
}

}  // namespace

ArrowColumn read_column(const Runs& rows, const ColumnType& type, const Place& place,
                        std::shared_ptr<const void> arrays) {
  return assemble(rows, type, place, std::move(arrays), [&](const Runs& runs, const Place& level) {
    return type.index ? decode(read_dictionary(runs, *type.index, type.token, level), level)
                      : read_tokens(runs, type.token, level);
  });
}

ArrowDictionary read_encoded(const Runs& rows, const ColumnType& type, const Place& place,
                             std::shared_ptr<const void> arrays) {
  Tokens entries;
  ArrowDictionary dictionary;
  dictionary.indices =
      assemble(rows, type, place, arrays, [&](const Runs& runs, const Place& level) {
        Encoded encoded = read_dictionary(runs, *type.index, type.token, level);
        entries = std::move(encoded.entries);
        return std::move(encoded.indices);
      });
  dictionary.entries =
      assemble({}, {{}, type.token, {}}, place, std::move(arrays), [&](const Runs&, const Place&) {
        entries.kept = {};
        entries.slots = entries.count;
        return std::move(entries);
      });
  return dictionary;
}

}  // namespace seqfeat::detail
