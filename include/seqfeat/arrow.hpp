// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "seqfeat/arrow_abi.hpp"
#include "seqfeat/ragged.hpp"

// Arrow memory in and out, through the Arrow C data interface: columns of a table become ragged
// batches, and ragged batches become Arrow arrays. No Arrow library is needed.

namespace seqfeat {

/// A column of Arrow memory as a ragged batch.
struct ArrowColumn {
  RaggedView view;      ///< On the host; its offsets are checked, so it is `trusted`.
  int depth = 0;        ///< Levels of lists: 0, 1 or 2. At depth 0 each row has one step.
  bool copied = false;  ///< Tokens were copied; false where they are read where Arrow has them.
  std::shared_ptr<const void> memory;  ///< Keeps alive what `view` points to.
};

/// A dictionary-encoded column as it is: each token a number of an entry.
struct ArrowDictionary {
  ArrowColumn indices;  ///< int64s into `entries`, in the rows and steps of the column.
  ArrowColumn entries;  ///< Flat, without nulls: the distinct tokens of all chunks.
};

/// An Arrow table, record batch, or single column, in one chunk or several.
///
/// What a column means:
///   - lists of values: a value is a step. Lists of lists of values: an inner list is a step of
///     several values. Values without lists: a row of one step each.
///   - a null row, or a row of a struct that is null, is an empty row. A null step is a hole, and
///   so
///     is a null value; in a step of several values it is left out.
///   - Tokens are strings and binaries (formats u U vu z Z vz w:N), integers (c C s S i I l L),
///     floats (f g), or these in a dictionary. Lists are +l +L +vl +vL +w:N. An extension type is
///     its storage. A column of nulls (n) has the type that the caller asks for.
///
/// What is copied:
///   - Tokens of one chunk are read in place: integers; strings of formats u U z Z and w:N. Nulls
///   in
///     a column of integers make it copy them; nulls in a column of strings only where a null has
///     bytes of its own, or where it is in a list that was sliced apart.
///   - Row and step offsets of one chunk (formats +l +L) are read in place if they start at 0 and
///     there are no nulls; else there are new ones, eight bytes each.
///   - String views, dictionaries, and columns of several chunks are copied, once, into memory of
///     the right size.
///
/// What is checked: everything that the structs say about each other, and every offset, size and
/// index in them before it is used. The interface does not say how large a buffer is: a producer
/// that allocates less than its own lengths and offsets ask for cannot be found out.
///
/// Threads  Several threads may read columns at once. The producer's release callbacks run on the
///          thread that drops the table or the last column.
class ArrowTable {
 public:
  /// Takes a schema and arrays of it. The structs are moved: they come back released, even if this
  /// throws. A schema of a struct is a table with a column for each child; any other is one column.
  ///
  /// Throws   InvalidArgument if something is released already, DataError if structs or lengths
  ///          contradict each other.
  ArrowTable(ArrowSchema* schema, std::span<ArrowArray> chunks);
  ArrowTable(ArrowSchema* schema, ArrowArray* array);

  /// Takes a stream and reads it to its end, which waits for the producer.
  ///
  /// Throws   as above; DataError with the producer's words if the stream fails.
  explicit ArrowTable(ArrowArrayStream* stream);

  [[nodiscard]] std::int64_t rows() const noexcept;

  /// Whether this is a table, not a single column.
  [[nodiscard]] bool has_keys() const noexcept;
  /// The columns' names, in their order; of a single column none.
  [[nodiscard]] std::vector<std::string> keys() const;

  /// Reads the column `key`. Of a single column, `key` is only its name in messages. Columns that
  /// nobody asks for are not looked at.
  ///
  /// Memory   The column shares ownership: it may outlive the table.
  /// Throws   InvalidArgument naming `key`, with what there is instead, if there is no such column
  ///          or two; or if its type has no values (structs, more lists, ...). DataError
  ///          with `column` and, where there is one, `row`: malformed structs, offsets that lie.
  ///          OutOfMemory where lists that overlap ask for more than there is.
  [[nodiscard]] ArrowColumn column(std::string_view key, DType of_nulls = DType::string) const;

  /// The column `key` as a dictionary, if it is encoded as one. Hashing `entries` and then
  /// gathering by `indices` does less work than `column` where entries repeat. There may be more
  /// entries than tokens: producers share a dictionary between chunks and slices.
  ///
  /// Throws   as `column`.
  [[nodiscard]] std::optional<ArrowDictionary> dictionary(std::string_view key) const;

 private:
  struct Impl;
  std::shared_ptr<const Impl> impl_;
};

/// Makes an Arrow array of a ragged batch on the host; nothing is copied. `owner` keeps the batch's
/// memory alive and is dropped by the release callbacks, on the thread of the consumer.
///
/// Types    A list of values; a list of lists where the batch has step offsets, and of fixed-size
///          lists where `values_per_step` is not 1. Lists have the width of the batch's offsets:
///          large lists for 64 bits, which is what this library makes, so that no offset is copied
///          and none can be too large. Strings are binary, since tokens may be any bytes.
/// Throws   InvalidArgument if the batch is on a device, or as `validate`. The structs are written
///          only if nothing is thrown.
void export_arrow(const RaggedView& batch, const std::shared_ptr<const void>& owner,
                  ArrowSchema* schema, ArrowArray* array);

}  // namespace seqfeat
