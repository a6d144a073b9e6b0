// SPDX-License-Identifier: Apache-2.0
#include "run/row_reader.hpp"

#include <utility>

#include "io/byte_source.hpp"

namespace seqfeat::run {
namespace {

template <class Reader>
std::optional<std::int64_t> offset_in(const Reader& reader) {
  if (reader.compressed()) return std::nullopt;
  return reader.offset();
}

}  // namespace

RowReader::RowReader(const Input& input, ArrowKeys keys) : input_(input), keys_(std::move(keys)) {}

RowReader::~RowReader() = default;

DataPlace RowReader::place(std::size_t file, std::int64_t number) const {
  const std::string& name = input_.files[file].name;
  return {.file = name == "-" ? "standard input" : name, .record = number};
}

std::optional<std::string_view> RowReader::next() {
  for (; file_ < input_.files.size(); leave_file()) {
    try {
      if (!records_ && !lines_ && !columns_) open();
      if (const auto row = next_in_file()) {
        ++number_;
        bytes_ += static_cast<std::int64_t>(row->size());
        return row;
      }
    } catch (const UnreadableFile&) {
      throw;
    } catch (const DataError& error) {
      DataPlace broken = place(file_, number_ + 1);
      broken.offset = offset_;
      broken.column = error.place().column;
      throw error.with(std::move(broken));
    }
  }
  return std::nullopt;
}

void RowReader::leave_file() {
  records_.reset();
  lines_.reset();
  columns_.reset();
  ++file_;
}

void RowReader::open() {
  const auto& [name, bytes] = input_.files[file_];
  const bool records = holds_records(input_.format);
  const bool columns = holds_columns(input_.format);
  number_ = records || columns ? -1 : 0;
  offset_.reset();
  if (columns) {
    columns_.emplace(*input_.arrow_files, name, to_string(input_.format), keys_);
    return;
  }
  if (bytes == 0 && name.ends_with(".gz")) {
    throw DataError({.file = name, .offset = 0},
                    "got an empty file, expected a gzip stream, which is never empty; was it cut?");
  }
  if (records) {
    records_.emplace(name);
  } else {
    lines_.emplace(ByteSource(name));
  }
}

std::optional<std::string_view> RowReader::next_in_file() {
  if (columns_) return columns_->next();
  if (records_) {
    offset_ = offset_in(*records_);
    return records_->next();
  }
  offset_ = offset_in(*lines_);
  const std::int64_t begin = lines_->offset();
  auto line = lines_->next();
  // A \r belongs to the end of the line only if a \n follows: then next() has used more bytes.
  if (line && line->ends_with('\r') &&
      lines_->offset() - begin > static_cast<std::int64_t>(line->size())) {
    line->remove_suffix(1);
  }
  return line;
}

}  // namespace seqfeat::run
