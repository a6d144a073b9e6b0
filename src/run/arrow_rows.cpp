// SPDX-License-Identifier: Apache-2.0
#include "run/arrow_rows.hpp"

#include <memory>
#include <utility>

#include "backend/concat.hpp"
#include "io/byte_source.hpp"
#include "run/arrow_row_bytes.hpp"
#include "run/field_rows.hpp"
#include "run/input.hpp"
#include "seqfeat/error.hpp"

namespace seqfeat::run {
namespace {

using detail::concat;

class ArrowRowBatch final : public FieldRows {
 public:
  ArrowRowBatch(const ParseSpec& spec, std::vector<std::string> keep)
      : FieldRows(spec, std::move(keep)) {}

  void add(std::string_view row) override {
    for (auto& [key, field] : fields_) {
      try {
        if (field.keeps) {
          field.kept.push_back(read_scalar(row));
        } else {
          read_column(row, field.tokens);
        }
      } catch (const DataError& error) {
        fields_.cut_back(rows_);
        throw DataError({.column = key}, concat(error.what(), "; mend the row or the spec"));
      }
    }
    ++rows_;
  }

  /// A file without the column is refused.
  [[nodiscard]] bool has_seen(const std::string&) const override { return true; }
};

/// Whether a column of type `got` can be read as a feature of type `wanted`.
bool fits(DType got, DType wanted) {
  if (wanted == DType::string || got == DType::string) return got == wanted;
  return is_float(wanted) || is_integer(got);
}

}  // namespace

std::unique_ptr<RowBatch> make_arrow_rows(const ParseSpec& spec,
                                          const std::vector<std::string>& keep) {
  return std::make_unique<ArrowRowBatch>(spec, keep);
}

ArrowKeys arrow_keys(const ParseSpec& spec, const std::vector<std::string>& keep) {
  ArrowKeys keys(spec.begin(), spec.end());
  for (const std::string& key : keep) keys.emplace(key, std::nullopt);
  return keys;
}

ArrowRows::ArrowRows(ArrowFiles& files, const std::string& name, std::string_view format,
                     const ArrowKeys& keys)
    : keys_(keys), name_(name) {
  std::vector<std::string> columns;
  for (const auto& [key, dtype] : keys) columns.push_back(key);
  files.open(name, format, columns, stream_.fill());
}

std::optional<std::string_view> ArrowRows::next() {
  while (row_ == rows_) {
    if (!next_chunk()) return std::nullopt;
  }
  bytes_.clear();
  for (const ArrowColumn& column : columns_) append_column(bytes_, column.view, row_);
  ++row_;
  return bytes_;
}

bool ArrowRows::next_chunk() {
  before_ += rows_;
  row_ = rows_ = 0;
  columns_.clear();  // before there is another one
  detail::Moved<ArrowSchema> schema;
  detail::Moved<ArrowArray> chunk;
  int error = stream_->get_schema(stream_.fill(), schema.fill());
  if (error == 0) error = stream_->get_next(stream_.fill(), chunk.fill());
  if (error != 0) {
    const std::string words = detail::failure_of(stream_, error);
    if (is_uri(name_)) throw UnreadableFile({.file = name_}, words);
    throw DataError({.file = name_, .record = before_}, words);
  }
  if (!chunk) return false;
  try {
    const ArrowTable table(schema.fill(), chunk.fill());
    for (const auto& [key, wanted] : keys_) columns_.push_back(column_of(table, key, wanted));
    rows_ = table.rows();
  } catch (const DataError& malformed) {
    DataPlace place = malformed.place();
    place.file = name_;
    if (place.row) place.record = before_ + *std::exchange(place.row, std::nullopt);
    throw DataError(std::move(place), malformed.reason());
  }
  return true;
}

ArrowColumn ArrowRows::column_of(const ArrowTable& table, const std::string& key,
                                 std::optional<DType> wanted) const {
  ArrowColumn column;
  try {
    column = table.column(key, wanted.value_or(DType::string));
  } catch (const InvalidArgument& refused) {
    throw DataError({.column = key}, refused.what());
  }
  if (wanted && !fits(column.view.dtype, *wanted)) {
    throw DataError({.column = key},
                    concat("got a column of ", to_string(column.view.dtype), ", expected ",
                           to_string(*wanted), "; mend the file or the spec"));
  }
  return column;
}

}  // namespace seqfeat::run
