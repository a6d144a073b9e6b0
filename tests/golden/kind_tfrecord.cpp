// SPDX-License-Identifier: Apache-2.0
#include <optional>

#include "seqfeat/error.hpp"
#include "seqfeat/tfrecord.hpp"
#include "tests/golden/decode.hpp"
#include "tests/golden/kinds.hpp"

namespace seqfeat::golden {
namespace {

Compression compression_of(const Json& json) {
  if (json == "") return Compression::none;
  if (json == "GZIP") return Compression::gzip;
  if (json == "ZLIB") return Compression::zlib;
  throw BadCase("unknown compression " + json.dump());
}

/// All records, or those that are whole before an error, which must be the expected one.
std::vector<std::string> read(const Case& c, std::string_view file, Compression compression) {
  std::vector<std::string> records;
  try {
    TfRecordReader reader(file, compression, "memory");
    while (const auto record = reader.next()) records.emplace_back(*record);
  } catch (const Error& thrown) {
    compare_error(c, thrown);
    return records;
  }
  if (c.wants_error()) {
    throw Difference("read to the end, expected " + c.answer().at("error").dump());
  }
  return records;
}

void run_tfrecord(const Case& c, const Backend&) {
  const std::string file = bytes_from(c.input("file_b64"));
  const Compression compression = compression_of(c.input("compression"));
  const std::vector<std::string> got = read(c, file, compression);
  const auto expected = list_of_bytes_from(member(c.answer(), "records_b64"));
  // Of a broken compressed stream, what was decoded before may or may not be handed out.
  const bool any_prefix = compression != Compression::none && c.wants_error();
  if (got.size() > expected.size() || (got.size() < expected.size() && !any_prefix)) {
    throw Difference("got " + std::to_string(got.size()) + " records, expected " +
                     std::to_string(expected.size()));
  }
  for (std::size_t i = 0; i < got.size(); ++i) {
    if (got[i] != expected[i]) throw Difference("record " + std::to_string(i) + " is another one");
  }
}

const KindEntry kTfRecord{"tfrecord", {kOnce, run_tfrecord}};

}  // namespace
}  // namespace seqfeat::golden
