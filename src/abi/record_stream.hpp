// SPDX-License-Identifier: Apache-2.0
// Records of TFRecord files, one after the other, in order or shuffled. reader.cpp parses them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "run/row_reader.hpp"

namespace seqfeat::abi {

/// A record and where it stands.
struct Record {
  std::string bytes;
  std::size_t file = 0;
  std::int64_t number = 0;
};

/// The records of several files as one stream.
///
/// Shuffled, it keeps `buffer` records and gives out one of them, drawn by the seed, for each that
/// it reads, as tf.data's shuffle does. The order is a function of files, buffer and seed alone.
class RecordStream {
 public:
  RecordStream(const run::Input& input, std::int64_t buffer, std::uint64_t seed)
      : reader_(input), buffer_(static_cast<std::size_t>(buffer)), state_(seed) {}

  /// The next record, valid until the next call; null at the end.
  ///
  /// Throws   DataError with the place in the file.
  const Record* next();

  [[nodiscard]] DataPlace place(const Record& record) const {
    return reader_.place(record.file, record.number);
  }

 private:
  bool read(Record& into);
  std::uint64_t draw(std::uint64_t below);

  run::RowReader reader_;
  std::size_t buffer_;
  std::uint64_t state_;
  bool ended_ = false;
  std::vector<Record> waiting_;
  Record current_;
};

}  // namespace seqfeat::abi
