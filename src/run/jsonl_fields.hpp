// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "seqfeat/column.hpp"
#include "seqfeat/example.hpp"
#include "seqfeat/ragged.hpp"

namespace seqfeat::run {

/// Where a member of a line goes: a feature's tokens, or one value to keep.
struct JsonlField {
  explicit JsonlField(DType dtype) : tokens(dtype) {}

  Ragged tokens;             ///< Of a feature.
  bool keeps = false;        ///< Not a feature but to be kept.
  std::vector<Scalar> kept;  ///< One a row.
  std::int64_t line = -1;    ///< The last one that had it.
};

/// The fields of a batch of lines, by name.
class JsonlFields {
 public:
  JsonlFields(const ParseSpec& spec, const std::vector<std::string>& keep) {
    for (const auto& [key, dtype] : spec) fields_.try_emplace(key, dtype);
    for (const std::string& key : keep) {
      fields_.try_emplace(key, DType::int64).first->second.keeps = true;
    }
  }

  /// Null for a member that nobody asked for.
  [[nodiscard]] JsonlField* find(std::string_view key) {
    const auto found = fields_.find(key);
    return found == fields_.end() ? nullptr : &found->second;
  }
  [[nodiscard]] const JsonlField& at(const std::string& key) const { return fields_.at(key); }

  /// Drops all but the first `rows` rows, and what of another has been read.
  void cut_back(std::int64_t rows) {
    for (auto& [key, field] : fields_) {
      if (!field.keeps) field.tokens.cut_back(rows);
      if (field.keeps) field.kept.resize(static_cast<std::size_t>(rows));
    }
  }

  [[nodiscard]] auto begin() { return fields_.begin(); }
  [[nodiscard]] auto end() { return fields_.end(); }
  [[nodiscard]] auto begin() const { return fields_.begin(); }
  [[nodiscard]] auto end() const { return fields_.end(); }

 private:
  std::map<std::string, JsonlField, std::less<>> fields_;
};

/// Reads a line that is plainly written into its fields. False, and some of it is there and to be
/// cut back, where the line has to be read by `scan_json_object`: see `JsonCursor`.
///
/// `line` is another number than that of any line before.
[[nodiscard]] bool read_plain_line(std::string_view text, std::int64_t line, JsonlFields& fields);

}  // namespace seqfeat::run
