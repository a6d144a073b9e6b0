// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "run/input.hpp"
#include "seqfeat/example.hpp"

// Recognises the input by its first rows.

namespace seqfeat::run {

/// The kind of `record`: a tf.SequenceExample has feature lists, a tf.Example has features only.
/// Nothing if the record is empty or malformed.
[[nodiscard]] std::optional<RecordKind> kind_of_record(std::string_view record) noexcept;

/// The kind of the first record of `files` that shows one. Pipes are not read: examples.
///
/// Throws   UnreadableFile.
[[nodiscard]] RecordKind recognise(const std::vector<InputFile>& files);

/// The keys of a row: features of an Example, feature lists of a SequenceExample, members of a
/// line. None for a malformed row, and for text and columns, whose rows do not say.
[[nodiscard]] std::vector<std::string> keys_of(std::string_view row, InputFormat format);

}  // namespace seqfeat::run
