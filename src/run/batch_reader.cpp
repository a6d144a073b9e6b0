// SPDX-License-Identifier: Apache-2.0
#include "run/batch_reader.hpp"

#include <array>
#include <bit>
#include <span>

#include "backend/concat.hpp"
#include "seqfeat/crc32c.hpp"
#include "seqfeat/error.hpp"

namespace seqfeat::run {
namespace {

using detail::concat;

/// Adds a row, its size first: otherwise two rows could change places with one.
std::uint32_t add_row(std::uint32_t crc, std::string_view row) {
  const auto size = std::bit_cast<std::array<std::byte, 8>>(std::uint64_t{row.size()});
  return crc32c(std::as_bytes(std::span(row)), crc32c(size, crc));
}

}  // namespace

BatchReader::BatchReader(const RunOptions& options)
    : options_(options),
      spec_(make_parse_example_spec(options.spec.columns)),
      reader_(options.input),
      kinds_(options.keep.size()) {}

ReadBatch BatchReader::make_batch() const {
  ReadBatch batch;
  batch.rows = make_row_batch(options_.input.format, spec_, options_.keep);
  return batch;
}

void BatchReader::skip(const std::vector<PartInfo>& parts) {
  const auto first = make_batch();
  for (const PartInfo& part : parts) {
    std::uint32_t crc = 0;
    for (std::int64_t i = 0; i < part.rows; ++i) {
      const auto row = reader_.next();
      if (!row) break;
      crc = add_row(crc, *row);
      if (next_row_++ != 0) continue;
      first.rows->add(*row);  // for the kinds of what is kept
      check_kinds(*first.rows);
    }
    if (crc != part.input_crc32c || next_row_ != part.first_row + part.rows) {
      throw InvalidArgument(concat(part.file, ": got other input for rows from ", part.first_row,
                                   ", expected the bytes that it was made from; --overwrite "
                                   "starts anew"));
    }
  }
}

bool BatchReader::fill(ReadBatch& batch, const std::stop_token& stop) {
  batch.rows->clear();
  batch.segments.clear();
  batch.first_row = next_row_;
  batch.input_crc32c = 0;
  for (std::int64_t row = 0; row < options_.batch_size; ++row) {
    if (stop.stop_requested()) return false;
    const auto bytes = reader_.next();
    if (!bytes) break;
    if (batch.segments.empty() || batch.segments.back().file != reader_.file()) {
      batch.segments.push_back({row, reader_.file(), reader_.number()});
    }
    try {
      batch.rows->add(*bytes);
      check_kinds(*batch.rows);
    } catch (const DataError& error) {
      throw DataError(concat(place(batch, row), ": ", error.what()));
    }
    batch.input_crc32c = add_row(batch.input_crc32c, *bytes);
    ++next_row_;
  }
  batch.input_bytes = reader_.bytes();
  return batch.rows->rows() > 0;
}

std::string BatchReader::place(const ReadBatch& batch, std::int64_t row) const {
  std::size_t s = batch.segments.size() - 1;
  while (batch.segments[s].row > row) --s;
  const ReadBatch::Segment& segment = batch.segments[s];
  return reader_.place(segment.file, segment.number + (row - segment.row));
}

void BatchReader::check_kinds(const RowBatch& rows) {
  constexpr std::array<const char*, 2> kNames{"int64", "float"};
  for (std::size_t k = 0; k < kinds_.size(); ++k) {
    const std::size_t kind = rows.kept(k).back().index();
    if (!kinds_[k]) kinds_[k] = kind;
    if (*kinds_[k] == kind) continue;
    throw DataError(concat(options_.keep[k], ": got a value of type ", kNames[kind], ", expected ",
                           kNames[*kinds_[k]], " as in the rows before; write all rows alike"));
  }
}

}  // namespace seqfeat::run
