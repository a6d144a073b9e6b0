// SPDX-License-Identifier: Apache-2.0
#include "run/convert.hpp"

#include <array>
#include <variant>

#include "backend/concat.hpp"
#include "run/discover.hpp"
#include "run/row_batch.hpp"
#include "run/row_reader.hpp"
#include "run/spool.hpp"
#include "seqfeat/error.hpp"
#include "wire/example_writer.hpp"

namespace seqfeat::run {
namespace {

using detail::concat;
using wire::Kind;

/// Values [begin, end) as a Feature.
std::string feature_of(const RaggedView& view, std::int64_t begin, std::int64_t end) {
  wire::ListWriter list;
  for (std::int64_t i = begin; i < end; ++i) {
    if (is_float(view.dtype)) {
      list.value(float_at(view.data, view.dtype, i));
    } else if (is_integer(view.dtype)) {
      list.value(static_cast<const std::int64_t*>(view.data)[i]);
    } else {
      list.value(string_at(view.data, view.byte_offsets, i));
    }
  }
  return list.feature(is_float(view.dtype)     ? Kind::floats
                      : is_integer(view.dtype) ? Kind::integers
                                               : Kind::strings);
}

std::string feature_of(const Scalar& scalar) {
  constexpr std::array kKinds{Kind::integers, Kind::floats, Kind::strings};
  wire::ListWriter list;
  std::visit([&list](const auto& value) { list.value(value); }, scalar);
  return list.feature(kKinds.at(scalar.index()));
}

std::string context_of(const RowBatch& row, const std::vector<std::string>& keep) {
  std::string context;
  for (std::size_t k = 0; k < keep.size(); ++k) {
    wire::append_entry(context, keep[k], feature_of(row.kept(k).front()));
  }
  return context;
}

/// A row of sequences as a serialized tf.Example.
std::string example_of(const RowBatch& row, const std::vector<std::string>& keep) {
  std::string features = context_of(row, keep);
  const Features sequences = row.features();
  for (const auto& [key, view] : sequences.views()) {
    if (!view.step_offsets.absent()) {
      throw DataError(concat(key,
                             ": got a hole or a step of several values, expected one value a "
                             "step in an example; use --record sequence_example"));
    }
    wire::append_entry(features, key, feature_of(view, 0, view.value_count));
  }
  std::string example;
  wire::append_bytes(example, 1, features);
  return example;
}

/// The same as a serialized tf.SequenceExample, a feature a step.
std::string sequence_example_of(const RowBatch& row, const std::vector<std::string>& keep) {
  std::string lists;
  const Features sequences = row.features();
  for (const auto& [key, view] : sequences.views()) {
    std::string list;
    for (std::int64_t s = 0; s < view.steps(); ++s) {
      wire::append_bytes(list, 1, feature_of(view, view.first_value(s), view.first_value(s + 1)));
    }
    wire::append_entry(lists, key, list);
  }
  std::string example;
  const std::string context = context_of(row, keep);
  if (!context.empty()) wire::append_bytes(example, 1, context);
  wire::append_bytes(example, 2, lists);
  return example;
}

RecordKind kind_of(InputFormat format) {
  return format == InputFormat::tfrecord_sequence_example ? RecordKind::sequence_example
                                                          : RecordKind::example;
}

/// Copies records unchanged; only their frames are checked.
std::int64_t copy_records(const Input& input, TfRecordWriter& writer) {
  RowReader reader(input);
  std::int64_t rows = 0;
  for (; const auto record = reader.next(); ++rows) writer.write(*record);
  return rows;
}

std::int64_t write_rows(const Input& input, const Discovered& found, RecordKind record,
                        TfRecordWriter& writer) {
  const auto batch = make_row_batch(input.format, found.spec, found.keep);
  RowReader reader(input);
  std::int64_t rows = 0;
  for (; const auto row = reader.next(); ++rows) {
    try {
      batch->clear();
      batch->add(*row);
      writer.write(record == RecordKind::example ? example_of(*batch, found.keep)
                                                 : sequence_example_of(*batch, found.keep));
    } catch (const DataError& error) {
      throw error.at(reader.place(reader.file(), reader.number()));
    }
  }
  return rows;
}

}  // namespace

Converted convert(const ConvertOptions& options) {
  Converted result;
  Spool spool;
  Input input = options.input;
  const bool records = holds_records(input.format);
  result.record = kind_of(input.format);
  if (records && options.keys.empty() && options.record.value_or(result.record) == result.record) {
    TfRecordWriter writer(options.output, options.compression);
    result.rows = copy_records(input, writer);
    writer.close();
    return result;
  }
  // Standard input must be read twice.
  if (input.format != InputFormat::text) spool.take(input);
  const Discovered found = discover(input, options.keys);
  result.record =
      options.record.value_or(found.nested ? RecordKind::sequence_example : RecordKind::example);
  TfRecordWriter writer(options.output, options.compression);
  result.rows = write_rows(input, found, result.record, writer);
  writer.close();
  return result;
}

}  // namespace seqfeat::run
