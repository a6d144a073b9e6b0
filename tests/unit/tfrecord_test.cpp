// SPDX-License-Identifier: Apache-2.0
#include "seqfeat/tfrecord.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <fstream>
#include <iterator>
#include <span>
#include <string>
#include <vector>

#include "seqfeat/crc32c.hpp"
#include "seqfeat/error.hpp"
#include "tests/support/compress.hpp"
#include "tests/support/random.hpp"
#include "tests/support/temporary_directory.hpp"

namespace seqfeat::test {
namespace {

using Records = std::vector<std::string>;

template <class Number>
std::string bytes_of(Number number) {
  std::string bytes(sizeof number, '\0');
  std::memcpy(bytes.data(), &number, sizeof number);
  return bytes;
}

std::string with_crc(const std::string& bytes) {
  return bytes + bytes_of(mask_crc(crc32c(std::as_bytes(std::span(bytes)))));
}

std::string frame(const std::string& record) {
  return with_crc(bytes_of(std::uint64_t{record.size()})) + with_crc(record);
}

/// The records before the first failure, and the failure.
struct Reading {
  Records records;
  std::string failure;
};

Reading read(TfRecordReader reader) {
  Reading reading;
  try {
    while (const auto record = reader.next()) reading.records.emplace_back(*record);
  } catch (const DataError& error) {
    reading.failure = error.what();
    EXPECT_THROW(reader.next(), DataError) << "a failure stays";
  }
  return reading;
}

Reading read(const std::string& file, Compression compression = Compression::none) {
  return read(TfRecordReader(file, compression, "memory"));
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST(TfRecord, ReadsWhatItWrote) {
  const TemporaryDirectory directory;
  const Records records{"",
                        "a",
                        std::string("\0\xff", 2),
                        std::string(3'000'000, 'x'),
                        Rng(1).bytes(300'000),  // which no compression makes shorter
                        "last"};
  for (const auto compression : {Compression::none, Compression::gzip, Compression::zlib}) {
    const auto path = directory / "a.tfrecord";
    TfRecordWriter writer(path, compression);
    for (const std::string& record : records) writer.write(record);
    writer.close();
    for (const auto how : {compression, Compression::automatic}) {
      const Reading reading = read(TfRecordReader(path, how));
      EXPECT_EQ(reading.failure, "");
      EXPECT_TRUE(reading.records == records);
    }
  }
}

TEST(TfRecord, WritesTheBytesOfTheFormat) {
  const TemporaryDirectory directory;
  TfRecordWriter writer(directory / "a");
  writer.write("abc");
  writer.close();
  std::ifstream in(directory / "a", std::ios::binary);
  const std::string bytes(std::istreambuf_iterator<char>(in), {});
  EXPECT_EQ(bytes, frame("abc"));
  EXPECT_EQ(bytes.substr(0, 8), std::string("\3\0\0\0\0\0\0\0", 8));
}

TEST(TfRecord, LeavesNothingWithoutClose) {
  const TemporaryDirectory directory;
  { TfRecordWriter(directory / "a").write("abc"); }
  EXPECT_TRUE(std::filesystem::is_empty(directory.path()));
}

TEST(TfRecord, RefusesToWriteWithACompressionToGuess) {
  EXPECT_THROW(TfRecordWriter("unused", Compression::automatic), InvalidArgument);
  EXPECT_THROW(TfRecordWriter("/missing/directory/a"), IoError);
}

TEST(TfRecord, KnowsWhereTheNextRecordBegins) {
  const std::string file = frame("abc") + frame("");
  TfRecordReader reader(file, Compression::none, "memory");
  EXPECT_EQ(reader.offset(), 0);
  reader.next();
  EXPECT_EQ(reader.offset(), 19);
  reader.next();
  EXPECT_EQ(reader.offset(), 35);
  EXPECT_EQ(reader.next(), std::nullopt);
  EXPECT_EQ(reader.next(), std::nullopt);
}

TEST(TfRecord, HoldsNoRecordsInAnEmptyFile) {
  for (const auto compression :
       {Compression::none, Compression::gzip, Compression::zlib, Compression::automatic}) {
    const Reading reading = read("", compression);
    EXPECT_EQ(reading.failure, "");
    EXPECT_TRUE(reading.records.empty());
  }
}

TEST(TfRecord, NamesTheOffsetOfTheRecordThatIsCut) {
  const std::string file = frame("abc") + frame("") + frame("0123456789");
  for (std::size_t size = 1; size < file.size(); ++size) {
    const Reading reading = read(file.substr(0, size));
    const std::size_t whole = size < 19 ? 0 : size < 35 ? 1 : 2;
    const std::size_t begin = size < 19 ? 0 : size < 35 ? 19 : 35;
    EXPECT_EQ(reading.records.size(), whole) << size;
    if (size == 19 || size == 35) {
      EXPECT_EQ(reading.failure, "");
    } else {
      EXPECT_TRUE(contains(reading.failure, "memory: byte " + std::to_string(begin) + ": "))
          << size << ' ' << reading.failure;
    }
  }
}

TEST(TfRecord, FindsEveryFlippedBit) {
  const std::string file = frame("abc") + frame("") + frame("0123456789");
  for (std::size_t bit = 0; bit < 8 * file.size(); ++bit) {
    std::string broken = file;
    broken[bit / 8] = static_cast<char>(broken[bit / 8] ^ (1 << bit % 8));
    const std::size_t at = bit / 8;
    const std::string begin = at < 19 ? "byte 0: " : at < 35 ? "byte 19: " : "byte 35: ";
    const Reading reading = read(broken);
    EXPECT_TRUE(contains(reading.failure, begin)) << bit << ' ' << reading.failure;
  }
}

TEST(TfRecord, RefusesLengthsThatLie) {
  for (const std::uint64_t length :
       {std::uint64_t{4}, std::uint64_t{1} << 28, std::uint64_t{1} << 40, std::uint64_t{1} << 62,
        (std::uint64_t{1} << 63) - 1, std::uint64_t{1} << 63, ~std::uint64_t{15},
        ~std::uint64_t{0}}) {
    const std::string file = frame("ok") + with_crc(bytes_of(length)) + with_crc("abc");
    for (const int window : {0, kGzip, kZlib}) {
      const Reading reading =
          window == 0 ? read(file) : read(compress(file, window), Compression::automatic);
      EXPECT_EQ(reading.records, Records{"ok"});
      EXPECT_TRUE(contains(reading.failure, "byte 18: ")) << reading.failure;
    }
  }
}

TEST(TfRecord, HandsOutTheRecordsBeforeABrokenStream) {
  const std::string file = frame(std::string(1000, 'a')) + frame(std::string(1000, 'b'));
  const std::string packed = compress(file, kGzip, 0);  // stored: bytes keep their places
  Reading reading = read(packed.substr(0, 1500), Compression::gzip);
  EXPECT_EQ(reading.records, Records{std::string(1000, 'a')});
  EXPECT_TRUE(contains(reading.failure, "byte 1016: the compressed stream is cut"))
      << reading.failure;
  std::string broken = packed;
  broken[broken.size() - 1] ^= 1;
  reading = read(broken, Compression::gzip);
  EXPECT_EQ(reading.records.size(), 2U);
  EXPECT_TRUE(contains(reading.failure, "broken")) << reading.failure;
}

TEST(TfRecord, TakesARecordThatBeginsLikeZlibForWhatItIs) {
  const Records records{std::string(376, 'x'), "y"};  // its length is 78 01 …
  const std::string file = frame(records[0]) + frame(records[1]);
  ASSERT_EQ(file.substr(0, 2), "x\1");
  EXPECT_EQ(read(file, Compression::automatic).records, records);
}

TEST(TfRecord, GuessesNothingWhenTold) {
  const std::string file = frame("abc");
  EXPECT_TRUE(contains(read(compress(file, kGzip), Compression::none).failure, "byte 0: "));
  EXPECT_TRUE(contains(read(compress(file, kZlib), Compression::gzip).failure, "broken"));
  EXPECT_TRUE(contains(read(file, Compression::zlib).failure, "broken"));
}

TEST(TfRecord, NamesTheFileThatItCannotRead) {
  const TemporaryDirectory directory;
  const auto path = directory / "a.tfrecord";
  EXPECT_THROW(TfRecordReader{path}, DataError);
  std::ofstream(path) << "no record at all";
  const Reading reading = read(TfRecordReader(path));
  EXPECT_EQ(reading.failure, path.string() +
                                 ": byte 0: the record that begins here is damaged: its length has "
                                 "a wrong CRC; is this a TFRecord file?");
}

}  // namespace
}  // namespace seqfeat::test
