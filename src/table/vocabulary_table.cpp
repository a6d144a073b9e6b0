// SPDX-License-Identifier: Apache-2.0
#include "table/vocabulary_table.hpp"

#include <algorithm>
#include <array>
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

/// A word and the hash by which it is looked for.
struct Word {
  VocabularySlot slot;
  std::uint64_t hash = 0;
};

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

  [[nodiscard]] Word string(std::string_view word, std::int64_t id) const noexcept {
    const std::uint64_t hash = fingerprint64(word);
    return {{vocabulary_tag(hash) | static_cast<std::uint64_t>(word.data() - bytes()),
             static_cast<std::uint32_t>(word.size()), static_cast<std::uint32_t>(id)},
            hash};
  }
  [[nodiscard]] static Word integer(std::int64_t integer, std::int64_t id) noexcept {
    return {{static_cast<std::uint64_t>(integer), 0, static_cast<std::uint32_t>(id)},
            vocabulary_hash(integer)};
  }

  /// Asks for the memory that `add` will look at: it stands anywhere.
  void ask_for(const Word& word) const noexcept {
    __builtin_prefetch(table() + multiply_high(word.hash, static_cast<std::uint64_t>(slots_)), 1);
  }

  /// Adds a word; false if it is there already.
  [[nodiscard]] bool add(const Word& word) noexcept {
    VocabularySlot& slot =
        table()[vocabulary_find(table(), slots_, word.hash, [&](const VocabularySlot& other) {
          return same(other, word.slot);
        })];
    if (slot.id != VocabularySlot::kFree) return false;
    slot = word.slot;
    return true;
  }

  [[nodiscard]] Buffer take_memory() noexcept { return std::move(memory_); }

 private:
  [[nodiscard]] VocabularySlot* table() const noexcept { return memory_.as<VocabularySlot>(); }

  /// Integers are the same with their keys; strings whose tags are may be, and are compared.
  [[nodiscard]] bool same(const VocabularySlot& a, const VocabularySlot& b) const noexcept {
    if (a.size != b.size) return false;
    if (a.size == 0) return a.key == b.key;
    const auto place = [](const VocabularySlot& slot) {
      return slot.key & ((std::uint64_t{1} << VocabularySlot::kPlaceBits) - 1);
    };
    return (a.key ^ b.key) >> VocabularySlot::kPlaceBits == 0 &&
           std::memcmp(bytes() + place(a), bytes() + place(b), a.size) == 0;
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

/// Adds every line of `text`, which `word_of(line, id)` makes a word of, many at a time, for the
/// memory of each takes long to come. Throws what is wrong with the first line that is wrong.
template <class WordOf>
void add_lines(const VocabularyFile& file, std::string_view text, std::int64_t lines,
               Making& making, const WordOf& word_of) {
  constexpr std::int64_t kAtOnce = 64;
  std::array<Word, kAtOnce> words;
  std::array<std::string_view, kAtOnce> shown_as;
  const auto at = [](auto& array, std::int64_t i) -> auto& {
    return array[static_cast<std::size_t>(i % kAtOnce)];
  };
  std::int64_t added = 0;
  const auto add_up_to = [&](std::int64_t end) {
    for (; added < end; ++added) {
      if (making.add(at(words, added))) continue;
      file.refuse(added + 1, concat("got ", shown(at(shown_as, added)),
                                    " a second time; a vocabulary has every word once"));
    }
  };
  std::int64_t id = 0;
  const auto refuse = [&](const std::string& why) {
    add_up_to(id);
    file.refuse(id + 1, why);
  };
  for (; !text.empty(); ++id) {
    const std::string_view line = take_line(text);
    if (id == lines) file.refuse("has changed while it was read");
    if (line.empty()) refuse("got an empty line, expected a word");
    if (line.size() >= VocabularySlot::kFree) {
      refuse(concat("got a line of ", line.size(), " bytes, expected less than 2^32"));
    }
    const std::optional<Word> word = word_of(line, id);
    if (!word) refuse(concat("got ", shown(line), ", expected an int64"));
    if (id - added == kAtOnce) add_up_to(added + 1);
    making.ask_for(*word);
    at(words, id) = *word;
    at(shown_as, id) = line;
  }
  if (id != lines) file.refuse("has changed while it was read");
  add_up_to(id);
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
    file.read({reinterpret_cast<std::byte*>(making.bytes()), size});
    add_lines(file, {making.bytes(), size}, words, making,
              [&](std::string_view line, std::int64_t id) {
                return std::optional(making.string(line, id));
              });
    return making.take_memory();
  }
  Making making(words, 0);
  detail::require_host_memory(found.bytes, "a vocabulary's file");
  const Buffer text(host_memory_resource(), found.bytes, kHostStream);
  file.read({text.as<std::byte>(), size});
  add_lines(file, {text.as<char>(), size}, words, making,
            [](std::string_view line, std::int64_t id) -> std::optional<Word> {
              const std::optional<std::int64_t> integer = integer_of(line);
              if (!integer) return std::nullopt;
              return Making::integer(*integer, id);
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
  char* place = making.bytes();
  std::int64_t id = 0;
  for (const std::string& word : content.words) {
    std::copy(word.begin(), word.end(), place);
    static_cast<void>(making.add(making.string({place, word.size()}, id++)));
    place += word.size();
  }
  for (const std::int64_t integer : content.integers) {
    static_cast<void>(making.add(Making::integer(integer, id++)));
  }
  return making.take_memory();
}

}  // namespace seqfeat
