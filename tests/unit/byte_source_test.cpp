// SPDX-License-Identifier: Apache-2.0
#include "io/byte_source.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <random>
#include <string>
#include <vector>

#include "io/line_reader.hpp"
#include "seqfeat/error.hpp"
#include "tests/support/compress.hpp"
#include "tests/support/temporary_directory.hpp"

namespace seqfeat::test {
namespace {

ByteSource memory(std::string_view bytes, Compression compression = Compression::automatic) {
  return {bytes, compression, "memory"};
}

/// Everything, in steps of `step` bytes.
std::string drain(ByteSource& source, std::size_t step) {
  std::string all;
  for (;;) {
    const std::string_view bytes = source.peek(step).substr(0, step);
    if (bytes.empty()) return all;
    all += bytes;
    source.skip(bytes.size());
  }
}

std::string drain(std::string_view bytes, Compression compression = Compression::automatic) {
  ByteSource source = memory(bytes, compression);
  return drain(source, 1000);
}

std::vector<std::string> lines(std::string_view bytes) {
  LineReader reader(memory(bytes));
  std::vector<std::string> all;
  while (const auto line = reader.next()) all.emplace_back(*line);
  EXPECT_EQ(reader.line(), std::ssize(all));
  return all;
}

/// What goes wrong in `action`, as DataError says it.
template <class Action>
std::string complaint(const Action& action) {
  try {
    action();
  } catch (const DataError& error) {
    return error.what();
  }
  return "nothing";
}

std::string random_text(std::size_t count) {
  std::mt19937 random(3);
  std::string text(count, ' ');
  for (char& c : text) c = static_cast<char>('a' + random() % 26);
  return text;
}

using Lines = std::vector<std::string>;

TEST(ByteSource, HandsOutAFileLargerThanItsWindow) {
  const TemporaryDirectory directory;
  const std::string text = random_text(5'000'000);
  std::ofstream(directory / "a") << text;
  for (const std::size_t step : {1000U, 700'001U, 3'000'000U, 6'000'000U}) {
    ByteSource source(directory / "a");
    EXPECT_TRUE(drain(source, step) == text) << step;
    EXPECT_EQ(source.offset(), 5'000'000);
  }
}

TEST(ByteSource, InflatesWhatBeginsLikeGzipOrZlib) {
  const std::string text = random_text(3'000'000);
  for (const int window : {kGzip, kZlib}) {
    for (const int level : {0, 1, 6, 9}) {
      EXPECT_TRUE(drain(compress(text, window, level)) == text) << window << ' ' << level;
    }
  }
  EXPECT_EQ(drain(compress("", kGzip)), "");
  EXPECT_EQ(drain(compress("x", kZlib)), "x");
}

TEST(ByteSource, TakesEverythingElseAsItIs) {
  for (const std::string_view text : {"", "x", "xy", "plain", "\x1f", "{\"x\":[]}"}) {
    EXPECT_EQ(drain(text), text);
  }
}

TEST(ByteSource, DoesNotTakeTextForZlib) {
  // "x^" is the beginning of a zlib stream, by its check bits.
  EXPECT_EQ(drain("x^2 + y^2 = z^2\n"), "x^2 + y^2 = z^2\n");
  const std::string fast = compress(random_text(1000), kZlib, 3);
  ASSERT_EQ(fast.substr(0, 2), "x^");
  EXPECT_EQ(drain(fast), random_text(1000));
}

TEST(ByteSource, GuessesNothingWhenTold) {
  const std::string packed = compress("text", kGzip);
  EXPECT_EQ(drain(packed, Compression::none), packed);
  EXPECT_NE(complaint([] { drain("plain", Compression::gzip); }).find("broken"), std::string::npos);
  EXPECT_NE(complaint([&] { drain(packed, Compression::zlib); }).find("broken"), std::string::npos);
  EXPECT_EQ(drain("", Compression::gzip), "");
  EXPECT_EQ(drain("", Compression::zlib), "");
}

TEST(ByteSource, JoinsStreamsAndRefusesAnythingElseBehindThem) {
  const std::string large = random_text(3'000'000);
  for (const int window : {kGzip, kZlib}) {
    const std::string one = compress("one ", window);
    EXPECT_EQ(drain(one + compress("", window) + compress("two", window)), "one two");
    EXPECT_TRUE(drain(compress(large, window) + one + compress(large, window)) ==
                large + "one " + large);
    const std::string other = compress("two", window == kGzip ? kZlib : kGzip);
    for (const std::string& behind : {std::string("anything"), std::string(4, '\0'), other}) {
      EXPECT_EQ(complaint([&] { drain(one + behind); }),
                "memory: byte 0: the compressed stream is broken: "
                "what stands behind the end of a stream is not another stream");
    }
    EXPECT_NE(complaint([&] { drain(one + one.substr(0, 1)); }).find("cut"), std::string::npos);
  }
}

TEST(ByteSource, CallsACompressedStreamCutWhereverItEnds) {
  for (const int window : {kGzip, kZlib}) {
    const std::string whole = compress(random_text(300), window);
    const auto format = window == kGzip ? Compression::gzip : Compression::zlib;
    for (std::size_t size = 1; size < whole.size(); ++size) {
      EXPECT_NE(complaint([&] { drain(whole.substr(0, size), format); }).find("cut"),
                std::string::npos)
          << size;
    }
  }
}

TEST(ByteSource, HandsOutWhatComesBeforeTheDamage) {
  std::string packed = compress(random_text(100'000), kGzip);
  packed.resize(packed.size() / 2);
  ByteSource source = memory(packed);
  std::string got;
  const std::string message = complaint([&] {
    for (;; source.skip(100)) got += source.peek(100).substr(0, 100);
  });
  EXPECT_GT(got.size(), 30'000U);
  EXPECT_EQ(got, random_text(100'000).substr(0, got.size()));
  EXPECT_EQ(message, "memory: byte " + std::to_string(got.size()) +
                         ": the compressed stream is cut: it ends before its end mark");
}

// The damage is found in the same step that makes the bytes before it.
TEST(ByteSource, HandsOutWhatComesBeforeAWrongByte) {
  std::string packed = compress(random_text(100'000), kGzip);
  packed[packed.size() / 2] ^= 0x55;
  ByteSource source = memory(packed);
  std::string got;
  const std::string message = complaint([&] {
    for (;; source.skip(100)) got += source.peek(100).substr(0, 100);
  });
  ASSERT_GT(got.size(), 30'000U) << message;
  EXPECT_EQ(got.substr(0, 30'000), random_text(100'000).substr(0, 30'000));
  EXPECT_NE(message.find(": the compressed stream is broken: "), std::string::npos) << message;
}

TEST(ByteSource, NamesTheFileThatItCannotRead) {
  const TemporaryDirectory directory;
  const std::string missing = (directory / "missing").string();
  EXPECT_EQ(complaint([&] { ByteSource source(missing); }),
            missing + ": cannot open: No such file or directory");
  EXPECT_EQ(complaint([&] { ByteSource source(directory.path()); }),
            directory.path().string() + ": got a directory, expected a file");
}

TEST(ByteSource, ReadsStandardInput) {
  const TemporaryDirectory directory;
  std::ofstream(directory / "in", std::ios::binary) << compress("from stdin", kGzip);
  const int before = ::dup(STDIN_FILENO);
  ASSERT_NE(std::freopen((directory / "in").c_str(), "rb", stdin), nullptr);
  ByteSource source("-");
  EXPECT_EQ(drain(source, 3), "from stdin");
  EXPECT_EQ(source.name(), "standard input");
  ::dup2(before, STDIN_FILENO);
  ::close(before);
}

TEST(ByteSource, MovesInTheMiddle) {
  const std::string packed = compress(random_text(10'000), kGzip);
  ByteSource first = memory(packed);
  EXPECT_EQ(first.peek(10).substr(0, 10), random_text(10));
  first.skip(10);
  ByteSource second = std::move(first);
  first = memory("other");
  EXPECT_EQ(drain(second, 100), random_text(10'000).substr(10));
  EXPECT_EQ(drain(first, 100), "other");
}

TEST(LineReader, SplitsAtNewlinesOnly) {
  EXPECT_EQ(lines(""), Lines{});
  EXPECT_EQ(lines("\n"), Lines{""});
  EXPECT_EQ(lines("a"), Lines{"a"});
  EXPECT_EQ(lines("a\n"), Lines{"a"});
  EXPECT_EQ(lines("a\r\n\n b\n\nc"), (Lines{"a\r", "", " b", "", "c"}));
  EXPECT_EQ(lines({"a\0b\nc", 5}), (Lines{{"a\0b", 3}, "c"}));
}

TEST(LineReader, HandsOutLinesLongerThanTheWindow) {
  const std::string text = random_text(3'000'000);
  const Lines expected{text, "short", text};
  EXPECT_TRUE(lines(compress(text + "\nshort\n" + text, kGzip)) == expected);
}

TEST(LineReader, DoesNotWaitForMoreThanALine) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  ASSERT_EQ(::write(ends[1], "x\nsecond", 8), 8);
  LineReader reader(ByteSource("/dev/fd/" + std::to_string(ends[0])));  // still open for writing
  EXPECT_EQ(reader.next(), "x");
  ASSERT_EQ(::write(ends[1], "\n", 1), 1);
  EXPECT_EQ(reader.next(), "second");
  ::close(ends[1]);
  EXPECT_EQ(reader.next(), std::nullopt);
  EXPECT_EQ(reader.line(), 2);
  EXPECT_EQ(reader.offset(), 9);
  ::close(ends[0]);
}

}  // namespace
}  // namespace seqfeat::test
