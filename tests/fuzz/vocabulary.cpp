// SPDX-License-Identifier: Apache-2.0
// Vocabulary files: what a column takes is found line by line, and nothing else is. The first byte
// says what the words are and how many of them count.

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "backend/text.hpp"
#include "seqfeat/column.hpp"
#include "seqfeat/error.hpp"
#include "table/vocabulary_table.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace {

using namespace seqfeat;
using fuzz::file_with;
using fuzz::promise;

/// The lines, said once more.
std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  std::string line;
  for (std::size_t i = 0; i <= text.size(); ++i) {
    if (i < text.size() && text[i] != '\n') {
      line += text[i];
    } else if (i < text.size() || !line.empty()) {
      if (!line.empty() && line.back() == '\r') line.pop_back();
      lines.push_back(line);
      line.clear();
    }
  }
  return lines;
}

std::int64_t place_of(const IdSource& source, std::string_view word) {
  return id_of(source, {.bytes = reinterpret_cast<const unsigned char*>(word.data()),
                        .size = std::ssize(word)});
}

void check_strings(const IdSource& source, const std::vector<std::string>& lines) {
  const std::set<std::string> words(lines.begin(), lines.begin() + source.words);
  promise(std::ssize(words) == source.words, "words differ");
  for (std::int64_t i = 0; i < source.words; ++i) {
    std::string word = lines[static_cast<std::size_t>(i)];
    promise(!word.empty() && place_of(source, word) == i, "a word is its line's number");
    word.back() = static_cast<char>(word.back() ^ 1);
    promise((place_of(source, word) >= 0) == words.contains(word), "nothing else is found");
  }
}

void check_integers(const IdSource& source, const std::vector<std::string>& lines) {
  for (std::int64_t i = 0; i < source.words; ++i) {
    const auto number = detail::number_in<std::int64_t>(lines[static_cast<std::size_t>(i)]);
    if (!number) continue;  // spaces, or a plus
    const Token token{.dtype = DType::int64, .integer = *number};
    promise(id_of(source, token) == i, "an integer is its line's number");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const fuzz::Input input(data, size);
  const bool integers = (input.mode & 1) != 0;
  std::optional<std::int64_t> words;
  if ((input.mode & 2) != 0) words = 1 + (input.mode >> 2);
  const VocabularyOptions options{.dtype = integers ? DType::int64 : DType::string};
  try {
    const CategoricalColumn column = sequence_categorical_column_with_vocabulary_file(
        "k", file_with(input.rest), words, options);
    const std::vector<std::string> lines = lines_of(input.rest);
    promise(words || column.rows() == std::ssize(lines), "lines are counted");
    const Buffer table = make_vocabulary_table(column);
    promise(std::ssize(lines) >= column.rows(), "there are as many lines");
    IdSource source = column.source();
    source.data = table.as<unsigned char>();
    integers ? check_integers(source, lines) : check_strings(source, lines);
  } catch (const InvalidArgument& refusal) {
    fuzz::promise_short(refusal, size);
  }
  return 0;
}
