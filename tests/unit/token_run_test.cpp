// SPDX-License-Identifier: Apache-2.0
#include "wire/token_run.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/support/at_the_edge.hpp"
#include "tests/support/example_bytes.hpp"
#include "tests/support/random.hpp"

namespace seqfeat::test {
namespace {

using Tokens = std::vector<std::string>;
using Way = wire::TokenRun (*)(std::string_view, const Ragged::StringRoom&);

struct Taken {
  Tokens tokens;
  std::size_t size = 0;  // of the list that they were
};

/// What `way` takes of `list`; nothing may be read behind the list or written behind the room.
Taken take(Way way, const std::string& list) {
  constexpr std::int64_t kBegin = 1000;
  constexpr std::size_t kGuards = 64;
  const AtTheEdge copy(list.data(), list.size());
  const std::size_t count = wire::most_tokens(list.size());
  const std::size_t size = wire::most_bytes(list.size());
  std::vector<std::int64_t> ends(count + kGuards, -7);
  std::vector<std::byte> bytes(size + kGuards, std::byte{77});

  const wire::TokenRun run = way({copy.begin(), list.size()}, {ends.data(), bytes.data(), kBegin});

  for (std::size_t i = 0; i < kGuards; ++i) {
    EXPECT_EQ(ends[count + i], -7);
    EXPECT_EQ(bytes[size + i], std::byte{77});
  }
  Taken taken;
  std::int64_t begin = kBegin;
  for (std::size_t t = 0; t < run.count; ++t) {
    const auto* text = reinterpret_cast<const char*>(bytes.data());
    taken.tokens.emplace_back(text + (begin - kBegin), text + (ends[t] - kBegin));
    begin = ends[t];
  }
  EXPECT_EQ(begin - kBegin, static_cast<std::int64_t>(run.bytes));
  taken.size = static_cast<std::size_t>(run.end - copy.begin());
  return taken;
}

std::vector<Way> ways() {
  std::vector<Way> all = {wire::copy_run_plain, wire::copy_run};
  if (wire::has_copy_run_avx512()) all.push_back(wire::copy_run_avx512);
  return all;
}

std::string list_of(const Tokens& tokens) {
  std::string list;
  for (const std::string& token : tokens) list += field(1, token);
  return list;
}

TEST(TokenRun, TakesAllOfAListOfShortStringsWhateverItsSize) {
  for (const Way way : ways()) {
    for (const std::size_t length : {0U, 1U, 2U, 8U, 9U, 10U, 11U, 16U, 17U, 50U, 61U}) {
      Tokens tokens;
      for (std::size_t n = 0; n < 140; ++n) {
        const Taken taken = take(way, list_of(tokens));
        ASSERT_EQ(taken.tokens, tokens) << length << ' ' << n;
        ASSERT_EQ(taken.size, list_of(tokens).size());
        tokens.emplace_back(length, static_cast<char>('a' + n % 26));
      }
    }
  }
}

TEST(TokenRun, TakesOnlyWholeStringsOfTheFirstFieldFromTheFront) {
  for (const Way way : ways()) {
    EXPECT_EQ(take(way, "").size, 0U);
    for (const std::string& rest : {std::string("\x0a"), std::string("\x0a\x02x"), field(2, "x"),
                                    number_field(1, 5), std::string("\x0a\x82\x00xx", 5),
                                    std::string(1, '\0'), std::string("\x0a\xff\xff\x01")}) {
      for (std::size_t before = 0; before < 40; ++before) {
        const Tokens tokens(before, "ab");
        const Taken taken = take(way, list_of(tokens) + rest);
        ASSERT_LE(taken.tokens.size(), before);
        ASSERT_EQ(taken.size, 4 * taken.tokens.size());
      }
    }
  }
}

TEST(TokenRun, TakesNothingButTheStringsThereAre) {
  Rng rng(3);
  for (int round = 0; round < 30'000; ++round) {
    std::string list;
    Tokens tokens;
    const std::int64_t longest = rng.pick({1, 3, 12, 70, 130});
    for (std::int64_t n = rng.between(0, 40); n > 0; --n) {
      std::string& token = tokens.emplace_back(rng.bytes(rng.between(0, longest)));
      if (rng.once_in(6) && !token.empty()) {
        token[static_cast<std::size_t>(rng.between(0, std::ssize(token) - 1))] = '\n';
      }
      list += field(1, token);
    }
    if (rng.once_in(2)) list.resize(static_cast<std::size_t>(rng.between(0, std::ssize(list))));
    for (const Way way : ways()) {
      const Taken taken = take(way, list);
      ASSERT_LE(taken.tokens.size(), tokens.size());
      const Tokens front(tokens.begin(), tokens.begin() + std::ssize(taken.tokens));
      ASSERT_EQ(taken.tokens, front) << round;
      ASSERT_EQ(taken.size, list_of(front).size()) << round;
    }
  }
}

TEST(TokenRun, GoesFarThroughTextWithoutNewlines) {
  Rng rng(4);
  for (const Way way : ways()) {
    Tokens tokens;
    for (int n = 0; n < 5000; ++n) {
      tokens.emplace_back(static_cast<std::size_t>(rng.between(0, 12)), 'x');
    }
    EXPECT_EQ(take(way, list_of(tokens)).tokens.size(), tokens.size());
  }
}

}  // namespace
}  // namespace seqfeat::test
