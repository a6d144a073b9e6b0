// SPDX-License-Identifier: Apache-2.0
#include "table/vocabulary_table.hpp"

#include <algorithm>
#include <cstring>
#include <new>
#include <optional>
#include <string>
#include <string_view>

#include "backend/concat.hpp"
#include "backend/host_memory.hpp"
#include "backend/text.hpp"
#include "io/vocabulary_file.hpp"
#include "seqfeat/error.hpp"
#include "seqfeat/fingerprint.hpp"
#include "seqfeat/vocabulary.hpp"

namespace seqfeat {
namespace {

using detail::concat;

/// A table in the making: free slots, and room for the bytes of strings behind them.
class Making {
 public:
  Making(std::int64_t words, std::int64_t bytes) : slots_(vocabulary_slots(words)) {
    const std::int64_t size = slots_ * std::int64_t{sizeof(VocabularySlot)} + bytes;
    detail::require_host_memory(size, concat("a vocabulary of ", words, " words"));
    memory_ = Buffer(host_memory_resource(), size, kHostStream);
    detail::prefer_huge_pages(memory_.data(), size);
    for (std::int64_t i = 0; i < slots_; ++i) new (table() + i) VocabularySlot;
  }

  /// Where strings stand; they are put there before they are added.
  [[nodiscard]] char* bytes() const noexcept { return reinterpret_cast<char*>(table() + slots_); }

  /// Adds the string of `size` bytes at `place`; false if it is there already.
  [[nodiscard]] bool add_string(std::int64_t place, std::size_t size, std::int64_t id) noexcept {
    const std::string_view word(bytes() + place, size);
    const std::uint64_t hash = fingerprint64(word);
    const std::uint64_t tag = vocabulary_tag(hash);
    const auto same = [&](const VocabularySlot& slot) {
      const std::uint64_t other = slot.key ^ tag;
      return slot.size == size && other >> VocabularySlot::kPlaceBits == 0 &&
             std::memcmp(bytes() + other, word.data(), size) == 0;
    };
    return take(vocabulary_find(table(), slots_, hash, same),
                {tag | static_cast<std::uint64_t>(place), static_cast<std::uint32_t>(size),
                 static_cast<std::uint32_t>(id)});
  }
  [[nodiscard]] bool add_integer(std::int64_t integer, std::int64_t id) noexcept {
    const auto key = static_cast<std::uint64_t>(integer);
    const auto same = [key](const VocabularySlot& slot) { return slot.key == key; };
    return take(vocabulary_find(table(), slots_, vocabulary_hash(integer), same),
                {key, 0, static_cast<std::uint32_t>(id)});
  }

  [[nodiscard]] Buffer take_memory() noexcept { return std::move(memory_); }

 private:
  [[nodiscard]] VocabularySlot* table() const noexcept { return memory_.as<VocabularySlot>(); }
  [[nodiscard]] bool take(std::int64_t at, const VocabularySlot& slot) noexcept {
    if (table()[at].id != VocabularySlot::kFree) return false;
    table()[at] = slot;
    return true;
  }

  std::int64_t slots_;
  Buffer memory_;
};

/// The integer that a line spells as TensorFlow reads it: spaces around it do not count.
std::optional<std::int64_t> integer_of(std::string_view line) noexcept {
  const auto is_space = [](char c) { return c == ' ' || (c >= '\t' && c <= '\r'); };
  while (!line.empty() && is_space(line.front())) line.remove_prefix(1);
  while (!line.empty() && is_space(line.back())) line.remove_suffix(1);
  if (line.size() > 1 && line[0] == '+' && line[1] != '-') line.remove_prefix(1);
  return detail::number_in<std::int64_t>(line);
}

/// A line as messages show it: its beginning.
std::string shown(std::string_view line) {
  constexpr std::size_t kMost = 60;
  return concat("'", line.substr(0, kMost), line.size() > kMost ? "...'" : "'");
}

/// Calls `add(line, id)` for every line of `text`; it returns false where the word is there
/// already.
template <class Add>
void add_lines(const VocabularyFile& file, std::string_view text, std::int64_t lines,
               const Add& add) {
  std::int64_t id = 0;
  for (; !text.empty(); ++id) {
    const std::string_view line = take_line(text);
    if (id == lines) file.refuse("has changed while it was read");
    if (line.empty()) file.refuse(id + 1, "got an empty line, expected a word");
    if (line.size() >= VocabularySlot::kFree) {
      file.refuse(id + 1, concat("got a line of ", line.size(), " bytes, expected less than 2^32"));
    }
    if (add(line, id)) continue;
    file.refuse(id + 1,
                concat("got ", shown(line), " a second time; a vocabulary has every word once"));
  }
  if (id != lines) file.refuse("has changed while it was read");
}

Buffer from_file(const CategoricalColumn& column) {
  const std::int64_t words = column.source().words;
  const VocabularyFile file(column.content().vocabulary_file);
  const VocabularyLines found = file.count(words);
  if (found.lines < words) {
    file.refuse(concat("has ", found.lines, " lines, expected at least vocabulary_size = ", words));
  }
  if (found.bytes >> VocabularySlot::kPlaceBits != 0) file.refuse("has 2^48 bytes or more");
  const auto size = static_cast<std::size_t>(found.bytes);
  if (!is_integer(column.dtype())) {
    Making making(words, found.bytes);
    char* const bytes = making.bytes();
    file.read({reinterpret_cast<std::byte*>(bytes), size});
    add_lines(file, {bytes, size}, words, [&](std::string_view line, std::int64_t id) {
      return making.add_string(line.data() - bytes, line.size(), id);
    });
    return making.take_memory();
  }
  Making making(words, 0);
  detail::require_host_memory(found.bytes, "a vocabulary's file");
  const Buffer text(host_memory_resource(), found.bytes, kHostStream);
  file.read({text.as<std::byte>(), size});
  add_lines(file, {text.as<char>(), size}, words, [&](std::string_view line, std::int64_t id) {
    const auto integer = integer_of(line);
    if (!integer) file.refuse(id + 1, concat("got ", shown(line), ", expected an int64"));
    return making.add_integer(*integer, id);
  });
  return making.take_memory();
}

}  // namespace

Buffer make_vocabulary_table(const CategoricalColumn& column) {
  const SourceContent& content = column.content();
  if (!content.vocabulary_file.empty()) return from_file(column);
  std::int64_t bytes = 0;
  for (const std::string& word : content.words) bytes += std::ssize(word);
  Making making(column.source().words, bytes);
  // The list's words differ: its column has looked.
  std::int64_t place = 0;
  std::int64_t id = 0;
  for (const std::string& word : content.words) {
    std::copy(word.begin(), word.end(), making.bytes() + place);
    static_cast<void>(making.add_string(place, word.size(), id++));
    place += std::ssize(word);
  }
  for (const std::int64_t integer : content.integers) {
    static_cast<void>(making.add_integer(integer, id++));
  }
  return making.take_memory();
}

}  // namespace seqfeat
