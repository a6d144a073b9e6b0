// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <iterator>
#include <utility>

#include "arrow/column.hpp"
#include "arrow/moved.hpp"
#include "backend/concat.hpp"
#include "backend/text.hpp"
#include "seqfeat/arrow.hpp"
#include "seqfeat/error.hpp"
#include "spec/near_names.hpp"

namespace seqfeat {

using detail::concat;
using detail::Moved;
using detail::Place;

struct ArrowTable::Impl {
  Moved<ArrowSchema> schema;
  std::vector<Moved<ArrowArray>> chunks;
  bool has_keys = false;
  std::int64_t rows = 0;

  Impl(Moved<ArrowSchema> schema_of_all, std::vector<Moved<ArrowArray>> all);

  [[nodiscard]] std::string_view key_of(std::int64_t i) const noexcept {
    const char* const name = schema->children[i]->name;
    return name == nullptr ? std::string_view() : name;
  }
  [[nodiscard]] std::int64_t find(std::string_view key) const;
  [[nodiscard]] detail::Runs rows_of_chunks(const Place& place) const;
  [[nodiscard]] detail::Runs rows_of(std::int64_t child, const Place& place) const;

  /// Calls `read` with a column's rows, type and place.
  template <class Read>
  [[nodiscard]] auto with_column(std::string_view key, DType of_nulls, const Read& read) const {
    const Place place(key);
    if (!has_keys) {
      const auto type = detail::column_type(*schema.get(), key, of_nulls);
      return read(rows_of_chunks(place), type, place);
    }
    const std::int64_t child = find(key);
    const auto type = detail::column_type(*schema->children[child], key, of_nulls);
    return read(rows_of(child, place), type, place);
  }
};

ArrowTable::Impl::Impl(Moved<ArrowSchema> schema_of_all, std::vector<Moved<ArrowArray>> all)
    : schema(std::move(schema_of_all)), chunks(std::move(all)) {
  if (!schema) throw InvalidArgument("Arrow schema: it was released or moved away");
  has_keys = detail::is_struct(*schema.get());
  if (has_keys) {
    const bool has_children = schema->n_children == 0 || schema->children != nullptr;
    if (schema->n_children < 0 || !has_children ||
        std::any_of(schema->children, schema->children + schema->n_children,
                    [](const ArrowSchema* child) { return child == nullptr; })) {
      throw DataError(concat("Arrow schema: a struct of ", schema->n_children,
                             " columns has null pointers for them"));
    }
  }
  for (const Moved<ArrowArray>& chunk : chunks) {
    if (!chunk) throw InvalidArgument("Arrow array: it was released or moved away");
  }
  rows = detail::count_of(rows_of_chunks(Place("")), Place(""));
}

/// The number of the child called `key`.
std::int64_t ArrowTable::Impl::find(std::string_view key) const {
  std::int64_t found = -1;
  for (std::int64_t i = 0; i < schema->n_children; ++i) {
    if (key_of(i) != key) continue;
    if (found >= 0) {
      throw InvalidArgument(concat("feature '", key, "': the Arrow table has two columns of it, ",
                                   found, " and ", i, "; rename one"));
    }
    found = i;
  }
  if (found >= 0) return found;
  std::vector<std::string_view> known;
  for (std::int64_t i = 0; i < schema->n_children; ++i) known.push_back(key_of(i));
  throw InvalidArgument(
      concat("feature '", key, "': the Arrow table has no such column", did_you_mean(key, known)));
}

detail::Runs ArrowTable::Impl::rows_of_chunks(const Place& place) const {
  detail::Runs runs;
  for (const Moved<ArrowArray>& chunk : chunks) {
    detail::check_sizes(chunk.get(), place);
    append(runs, {chunk.get(), chunk->offset, chunk->length});
  }
  return runs;
}

/// The rows of a child of structs, of which a null one has a null in every child.
detail::Runs ArrowTable::Impl::rows_of(std::int64_t child, const Place& place) const {
  const detail::Runs structs = rows_of_chunks(place);
  for (const detail::Run& run : structs) {
    check(run.array, {.buffers = 1, .children = schema->n_children}, place);
    const ArrowArray* const column = run.array->children[child];
    detail::check_sizes(column, place);
    if (run.begin + run.count > column->length) {
      place.refuse(concat("it has ", column->length, " elements, expected ", run.begin + run.count,
                          " by the struct that it is in"));
    }
  }
  detail::Runs runs;
  each_stretch(structs, [&](const detail::Run& run) {
    if (run.array == nullptr) return append(runs, run);
    const ArrowArray* const column = run.array->children[child];
    append(runs, {column, column->offset + run.begin, run.count});
  });
  return runs;
}

std::string detail::failure_of(Moved<ArrowArrayStream>& stream, int error) {
  constexpr std::size_t kMost = 1000;
  const char* const words =
      stream->get_last_error == nullptr ? nullptr : stream->get_last_error(stream.fill());
  const std::string said(words == nullptr ? std::string_view() : std::string_view(words));
  return concat("Arrow stream: ", system_reason(error), said.empty() ? "" : ": ",
                said.substr(0, kMost));
}

namespace {

/// Takes all structs before anything is looked at, so that none is left with the caller.
std::vector<Moved<ArrowArray>> take(std::span<ArrowArray> chunks) {
  std::vector<Moved<ArrowArray>> taken;
  taken.reserve(chunks.size());
  for (ArrowArray& chunk : chunks) taken.emplace_back(&chunk);
  return taken;
}

void require_not_null(const void* pointer, std::string_view what) {
  if (pointer == nullptr) throw InvalidArgument(concat("Arrow ", what, ": got a null pointer"));
}

[[noreturn]] void refuse(Moved<ArrowArrayStream>& stream, int error) {
  throw DataError(detail::failure_of(stream, error));
}

}  // namespace

ArrowTable::ArrowTable(ArrowSchema* schema, std::span<ArrowArray> chunks) {
  std::vector<Moved<ArrowArray>> arrays = take(chunks);
  require_not_null(schema, "schema");
  impl_ = std::make_shared<Impl>(Moved<ArrowSchema>(schema), std::move(arrays));
}

ArrowTable::ArrowTable(ArrowSchema* schema, ArrowArray* array)
    : ArrowTable(schema, std::span(array, array == nullptr ? 0 : 1)) {
  require_not_null(array, "array");
}

ArrowTable::ArrowTable(ArrowArrayStream* from) {
  require_not_null(from, "stream");
  Moved<ArrowArrayStream> stream(from);
  if (!stream) throw InvalidArgument("Arrow stream: it was released or moved away");
  if (stream->get_schema == nullptr || stream->get_next == nullptr) {
    throw DataError("Arrow stream: its functions are null pointers");
  }
  Moved<ArrowSchema> schema;
  if (const int error = stream->get_schema(stream.fill(), schema.fill())) refuse(stream, error);
  std::vector<Moved<ArrowArray>> chunks;
  for (;;) {
    Moved<ArrowArray> chunk;
    if (const int error = stream->get_next(stream.fill(), chunk.fill())) refuse(stream, error);
    if (!chunk) break;
    chunks.push_back(std::move(chunk));
  }
  impl_ = std::make_shared<Impl>(std::move(schema), std::move(chunks));
}

std::int64_t ArrowTable::rows() const noexcept {
  return impl_->rows;
}

bool ArrowTable::has_keys() const noexcept {
  return impl_->has_keys;
}

std::vector<std::string> ArrowTable::keys() const {
  std::vector<std::string> keys;
  for (std::int64_t i = 0; impl_->has_keys && i < impl_->schema->n_children; ++i) {
    keys.emplace_back(impl_->key_of(i));
  }
  return keys;
}

ArrowColumn ArrowTable::column(std::string_view key, DType of_nulls) const {
  return impl_->with_column(key, of_nulls,
                            [&](const auto& rows, const auto& type, const Place& at) {
                              return detail::read_column(rows, type, at, impl_);
                            });
}

std::optional<ArrowDictionary> ArrowTable::dictionary(std::string_view key) const {
  return impl_->with_column(
      key, DType::string,
      [&](const auto& rows, const auto& type, const Place& at) -> std::optional<ArrowDictionary> {
        if (!type.index) return std::nullopt;
        return detail::read_encoded(rows, type, at, impl_);
      });
}

}  // namespace seqfeat
