// SPDX-License-Identifier: Apache-2.0
#include "run/batch_reader.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <span>

#include "backend/concat.hpp"
#include "io/byte_source.hpp"
#include "layer/check_rows.hpp"
#include "run/recognise.hpp"
#include "seqfeat/crc32c.hpp"

namespace seqfeat::run {
namespace {

using detail::concat;

/// Adds a record behind its size, so that two records and their joined bytes differ.
std::uint32_t add_record(std::uint32_t crc, std::string_view record) {
  const auto size = std::bit_cast<std::array<std::byte, 8>>(std::uint64_t{record.size()});
  return crc32c(std::as_bytes(std::span(record)), crc32c(size, crc));
}

}  // namespace

BatchReader::BatchReader(const ReadPlan& plan)
    : plan_(plan),
      spec_(make_parse_example_spec(plan.spec.columns)),
      columns_(plan.spec.columns, detail::CompiledFor::checks),
      reader_(plan.input, arrow_keys(spec_, plan.keep)),
      kinds_(plan.keep.size()),
      views_(columns_.features.size()),
      seen_(columns_.features.size(), false) {}

ReadBatch BatchReader::make_batch() const {
  ReadBatch batch;
  batch.rows = make_row_batch(plan_.input.format, spec_, plan_.keep);
  for (const auto& feature : columns_.features) {
    batch.features.push_back(&batch.rows->feature(feature.key));
  }
  return batch;
}

bool BatchReader::fill(ReadBatch& batch, const std::stop_token& stop) {
  batch.rows->clear();
  batch.segments.clear();
  batch.consumed.clear();
  batch.first_row = next_row_;
  batch.input_crcs.clear();
  while (batch.rows->rows() < plan_.batch_size) {
    if (stop.stop_requested()) return false;
    const auto record = next_record();
    if (!record) break;
    note(batch, *record);
    add(batch, *record);
  }
  for (std::size_t f = 0; f < seen_.size(); ++f) {
    seen_[f] = seen_[f] || batch.rows->has_seen(columns_.features[f].key);
  }
  next_row_ += batch.rows->rows();
  batch.input_bytes = reader_.bytes();
  return batch.rows->rows() > 0;
}

/// Leaves a file whose frames or compressed stream are broken, if records may be left out.
std::optional<std::string_view> BatchReader::next_record() {
  for (;;) {
    try {
      return reader_.next();
    } catch (const UnreadableFile&) {
      throw;
    } catch (const DataError& error) {
      reject(error);
      reader_.leave_file();
    }
  }
}

void BatchReader::note(ReadBatch& batch, std::string_view record) {
  constexpr std::int64_t kRowsForKeys = 16;
  constexpr std::size_t kMostKeys = 64;
  const std::uint32_t before = batch.input_crcs.empty() ? 0 : batch.input_crcs.back();
  batch.input_crcs.push_back(add_record(before, record));
  if (batch.consumed.empty() || batch.consumed.back().file != reader_.file()) {
    batch.consumed.push_back({reader_.file(), reader_.number()});
  }
  ++batch.consumed.back().records;
  if (next_row_ + batch.rows->rows() < kRowsForKeys && found_keys_.size() < kMostKeys) {
    for (std::string& key : keys_of(record, plan_.input.format)) found_keys_.insert(std::move(key));
  }
}

/// The first record of a file that parses must be of the expected kind. Records of the other kind
/// would all be read as empty rows.
void BatchReader::check_kind(std::string_view record) {
  const bool lists = plan_.input.format == InputFormat::tfrecord_sequence_example;
  const auto kind = kind_of_record(record);
  if (!kind) return;
  known_file_ = reader_.file();
  if ((*kind == RecordKind::sequence_example) == lists) return;
  if (lists) {
    // Without feature lists it may be a tf.SequenceExample of an empty row all the same.
    const auto keys = keys_of(record, InputFormat::tfrecord_example);
    const auto is_feature = [this](const std::string& key) { return spec_.contains(key); };
    if (std::none_of(keys.begin(), keys.end(), is_feature)) return;
  }
  throw DataError(reader_.place(reader_.file(), reader_.number()),
                  concat("got a tf.", lists ? "Example" : "SequenceExample", ", expected a tf.",
                         lists ? "SequenceExample" : "Example", "; read it with --input-format ",
                         to_string(lists ? InputFormat::tfrecord_example
                                         : InputFormat::tfrecord_sequence_example)));
}

void BatchReader::add(ReadBatch& batch, std::string_view record) {
  if (holds_records(plan_.input.format) && known_file_ != reader_.file()) check_kind(record);
  const std::int64_t row = batch.rows->rows();
  try {
    batch.rows->add(record);
    if (plan_.on_error.skip) check_lengths(batch);
    check_kept(*batch.rows);
  } catch (const DataError& error) {
    batch.rows->cut_back(row);
    DataPlace here = reader_.place(reader_.file(), reader_.number());
    here.offset = reader_.offset();
    reject(error.at(here));
    return;
  }
  if (!batch.segments.empty()) {
    const ReadBatch::Segment& last = batch.segments.back();
    const bool follows = last.number + (row - last.row) == reader_.number();
    if (last.file == reader_.file() && follows) return;
  }
  batch.segments.push_back({row, reader_.file(), reader_.number()});
}

/// Checks the lengths of the last row. The layer checks them too, but only when the batch is full
/// and a row can no longer be left out.
void BatchReader::check_lengths(ReadBatch& batch) {
  for (std::size_t f = 0; f < views_.size(); ++f) views_[f] = batch.features[f]->view();
  (void)detail::check_row(columns_, plan_.spec.options, views_, batch.rows->rows() - 1);
}

void BatchReader::check_kept(const RowBatch& rows) {
  for (std::size_t k = 0; k < kinds_.size(); ++k) {
    const Scalar& value = rows.kept(k).back();
    if (kinds_[k] && *kinds_[k] != value.index()) {
      throw DataError({.column = plan_.keep[k]},
                      concat("got ", kind_of(value),
                             ", expected the type of the rows before; write all rows alike"));
    }
    kinds_[k] = value.index();
  }
}

void BatchReader::reject(const DataError& error) {
  const auto& [skip, most] = plan_.on_error;
  if (!skip) throw error;
  if (static_cast<std::int64_t>(rejected_.size()) >= most) {
    throw DataError(error.place(),
                    concat(error.reason(), "; more than --max-errors ", most,
                           " records cannot be used, mend the input or allow for more"));
  }
  rejected_.push_back(error);
}

DataPlace BatchReader::place(const ReadBatch& batch, std::int64_t row) const {
  std::size_t s = batch.segments.size() - 1;
  while (batch.segments[s].row > row) --s;
  const ReadBatch::Segment& segment = batch.segments[s];
  return reader_.place(segment.file, segment.number + (row - segment.row));
}

std::vector<std::string> BatchReader::unseen_keys() const {
  std::vector<std::string> keys;
  for (std::size_t f = 0; f < seen_.size(); ++f) {
    if (!seen_[f]) keys.push_back(columns_.features[f].key);
  }
  return keys;
}

}  // namespace seqfeat::run
