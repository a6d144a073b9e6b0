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
  bool keeps = false;        ///< Holds values to keep, not tokens.
  std::vector<Scalar> kept;  ///< One a row.
  std::int64_t line = -1;    ///< The last line with this member.
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

  /// Null for a member that is no field.
  [[nodiscard]] JsonlField* find(std::string_view key) {
    const auto found = fields_.find(key);
    return found == fields_.end() ? nullptr : &found->second;
  }
  [[nodiscard]] const JsonlField& at(const std::string& key) const { return fields_.at(key); }

  /// Keeps the first `rows` rows. Drops the rest, including a row that is only half read.
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

/// Reads a line of usual JSON into its fields. False if `scan_json_object` has to read the line
/// (see `JsonCursor`); the caller then cuts the fields back.
///
/// `line` must differ from the number of any earlier line.
[[nodiscard]] bool read_plain_line(std::string_view text, std::int64_t line, JsonlFields& fields);

}  // namespace seqfeat::run
