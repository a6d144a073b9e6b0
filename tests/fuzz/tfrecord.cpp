// SPDX-License-Identifier: Apache-2.0
// TFRecords from hostile bytes. The first byte's low two bits choose the compression; bit 2 says
// whether the rest is a file, or records of which a file is made, so that the checksums are right;
// bit 3 flips one bit of that file. Bit 4 reads a file of the system instead of memory. Where the
// upper three bits are 1, the last record is repeated until the reader's window has to grow.

#include "seqfeat/tfrecord.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "io/descriptor.hpp"
#include "io/tfrecord_frame.hpp"
#include "seqfeat/error.hpp"
#include "tests/fuzz/fuzz.hpp"
#include "tests/support/compress.hpp"

namespace {

using namespace seqfeat;
using fuzz::promise;

void append(std::string& out, const auto& number) {
  out.append(reinterpret_cast<const char*>(&number), sizeof number);
}

std::string framed(std::string_view record) {
  std::string out;
  append(out, static_cast<std::uint64_t>(record.size()));
  append(out, masked_crc(out));
  out += record;
  append(out, masked_crc(record));
  return out;
}

struct Outcome {
  std::vector<std::string> records;
  bool refused = false;
};

/// The bytes as a file that has a name.
Descriptor file_of(std::string_view bytes) {
  Descriptor file(::memfd_create("input", MFD_CLOEXEC));
  promise(::write(file.get(), bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()),
          "a file can be made");
  return file;
}

Outcome read_all(std::string_view bytes, Compression compression, bool from_file) {
  Outcome outcome;
  std::string frames;
  try {
    const Descriptor file = from_file ? file_of(bytes) : Descriptor();
    TfRecordReader reader =
        from_file ? TfRecordReader("/proc/self/fd/" + std::to_string(file.get()), compression)
                  : TfRecordReader(bytes, compression, "input");
    while (const auto record = reader.next()) {
      outcome.records.emplace_back(*record);
      frames += framed(*record);
      promise(reader.offset() == static_cast<std::int64_t>(frames.size()),
              "the offset is where the next record begins");
    }
  } catch (const DataError& refusal) {
    fuzz::promise_short(refusal, bytes.size());
    outcome.refused = true;
  }
  if (compression == Compression::none) {
    promise(bytes.starts_with(frames), "what was read is what is there");
    promise(outcome.refused || bytes.size() == frames.size(), "all was read");
  }
  return outcome;
}

std::string compressed(const std::string& bytes, Compression compression) {
  if (compression == Compression::gzip) return test::compress(bytes, test::kGzip, Z_BEST_SPEED);
  if (compression == Compression::zlib) return test::compress(bytes, test::kZlib, Z_BEST_SPEED);
  return bytes;
}

/// Records, each after a byte with its length.
std::vector<std::string> records_in(std::string_view bytes) {
  std::vector<std::string> records;
  while (!bytes.empty()) {
    const auto length = static_cast<unsigned char>(bytes.front());
    records.emplace_back(bytes.substr(1, length));
    bytes.remove_prefix(1 + records.back().size());
  }
  return records;
}

void check_made(std::string_view bytes, Compression compression, std::uint8_t mode) {
  constexpr std::size_t kMoreThanAWindow = std::size_t{5} << 18;
  const bool from_file = (mode & 16) != 0;
  std::vector<std::string> records = records_in(bytes);
  if (mode >> 5 == 1 && !records.empty() && !records.back().empty()) {
    while (records.back().size() < kMoreThanAWindow) records.back() += records.back();
  }
  std::string file;
  for (const std::string& record : records) file += framed(record);
  file = compressed(file, compression);
  if ((mode & 8) == 0 || file.empty()) {
    const Outcome outcome = read_all(file, compression, from_file);
    promise(!outcome.refused && outcome.records == records, "what was written is read");
    return;
  }
  const std::size_t bit = 131 * bytes.size() % (8 * file.size());
  file[bit / 8] = static_cast<char>(file[bit / 8] ^ (1 << bit % 8));
  const Outcome outcome = read_all(file, compression, from_file);
  if (compression == Compression::none) {
    promise(outcome.refused, "damage is noticed");
    promise(outcome.records.size() <= records.size() &&
                std::equal(outcome.records.begin(), outcome.records.end(), records.begin()),
            "damage is not handed out");
  } else if (compression == Compression::gzip) {
    // Records are handed out before the stream's own checksum comes, which then tells. A flipped
    // bit of the stream's header may mean nothing.
    promise(outcome.refused || outcome.records == records, "damage is noticed in the end");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const fuzz::Input input(data, size);
  const auto compression = static_cast<Compression>(input.mode & 3);
  if ((input.mode & 4) == 0) {
    (void)read_all(input.rest, compression, (input.mode & 16) != 0);
  } else {
    check_made(input.rest, compression, input.mode);
  }
  return 0;
}
