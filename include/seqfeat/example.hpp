// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "seqfeat/column.hpp"
#include "seqfeat/features.hpp"

// Serialized tf.Example and tf.SequenceExample records, by protobuf's rules. docs/semantics.md says
// where TensorFlow's own parser differs.

namespace seqfeat {

/// Which of the two messages a record is.
enum class RecordKind : std::uint8_t { example, sequence_example };

/// One value of a record, kept beside its rows; a string is bytes.
using Scalar = std::variant<std::int64_t, float, std::string>;

/// "an int64", "a float", "a string".
[[nodiscard]] std::string_view kind_of(const Scalar& scalar) noexcept;

/// Reads records into ragged batches, one row each, reusing memory from batch to batch.
class ExampleParser {
 public:
  /// Parses the features of `spec`, or the feature lists of a SequenceExample. `keep` names
  /// features (of the context, in a SequenceExample) with exactly one value each: an int64, a float
  /// or a string.
  ExampleParser(const ParseSpec& spec, RecordKind kind, std::vector<std::string> keep = {});
  ExampleParser(const ExampleParser&) = delete;
  ExampleParser& operator=(const ExampleParser&) = delete;
  ExampleParser(ExampleParser&&) noexcept;
  ExampleParser& operator=(ExampleParser&&) noexcept;
  ~ExampleParser();

  /// Adds a row. A feature that the record lacks is an empty row.
  ///
  /// Throws   DataError naming `record` and the feature; nothing of the row is kept then.
  void add(std::string_view serialized, std::int64_t record);

  [[nodiscard]] std::int64_t rows() const noexcept;

  /// The batch of `key`.
  ///
  /// Throws   InvalidArgument if the spec has no such key.
  [[nodiscard]] const Ragged& feature(std::string_view key) const;

  /// The values of `keep[k]`, one per row. All have one type, over all batches.
  [[nodiscard]] const std::vector<Scalar>& kept(std::size_t k) const;

  /// Views of all features; valid until the next `add` or `clear`.
  [[nodiscard]] Features features() const;

  /// Whether any record so far had the feature `key` of the spec, be it empty; `clear` does not
  /// forget it.
  [[nodiscard]] bool has_seen(std::string_view key) const;

  /// Keeps the first `rows` rows.
  void cut_back(std::int64_t rows) noexcept;

  /// Forgets the rows and keeps the memory.
  void clear() noexcept;

 private:
  friend Features parse_example(std::span<const std::string>, const ParseSpec&);
  friend Features parse_sequence_example(std::span<const std::string>, const ParseSpec&);
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Parses a batch of serialized tf.Examples: TensorFlow's `parse_example`.
///
/// Throws   DataError naming the row (from 0) and the feature: malformed bytes, values of another
///          kind than the spec's, integers that do not fit.
[[nodiscard]] Features parse_example(std::span<const std::string> serialized,
                                     const ParseSpec& spec);

/// The same for SequenceExamples: every element of a feature list is a step.
[[nodiscard]] Features parse_sequence_example(std::span<const std::string> serialized,
                                              const ParseSpec& spec);

}  // namespace seqfeat
