// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <limits>
#include <utility>

#include "backend/concat.hpp"
#include "run/field_rows.hpp"
#include "run/json_scan.hpp"
#include "seqfeat/error.hpp"

namespace seqfeat::run {
namespace {

using detail::concat;
using Kind = JsonEvent::Kind;

Scalar scalar_of(const JsonEvent& event) {
  if (event.kind == Kind::signed_integer) return event.integer;
  if (event.kind == Kind::string) return std::string(event.text);
  if (event.kind == Kind::unsigned_integer) {
    if (event.natural <= static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
      return static_cast<std::int64_t>(event.natural);
    }
  } else if (event.kind == Kind::real && std::isfinite(static_cast<float>(event.real)) &&
             event.text.find_first_of(".eE") != std::string_view::npos) {
    return static_cast<float>(event.real);
  }
  throw DataError(
      concat("got ", JsonMembers::describe(event), ", expected one int64, float or string"));
}

/// Lines that are objects: `{"tokens": ["a", ["b", "c"], [], null], "label": 1}`.
class JsonlRows final : public FieldRows, private JsonMembers {
 public:
  JsonlRows(const ParseSpec& spec, std::vector<std::string> keep, JsonlWay way)
      : FieldRows(spec, std::move(keep)), way_(way) {}

  void add(std::string_view row) override {
    if (row.empty()) throw DataError("got an empty line, expected one object a line");
    try {
      if (way_ == JsonlWay::library || !read_plain_line(row, ++line_, fields_)) {
        fields_.cut_back(rows_);
        scan_json_object(row, *this);
      }
      for (const std::string& key : keep_) {
        if (static_cast<std::int64_t>(fields_.at(key).kept.size()) == rows_ + 1) continue;
        throw DataError({.column = key},
                        "got nothing, expected one int64, float or string to keep");
      }
    } catch (const DataError&) {
      fields_.cut_back(rows_);
      throw;
    }
    ++rows_;
    for (auto& [key, field] : fields_) {
      if (!field.keeps) field.tokens.end_row();
    }
  }

  [[nodiscard]] bool has_seen(const std::string& key) const override {
    return fields_.at(key).line >= 0;
  }

 private:
  bool member(std::string_view key) override {
    key_ = key;
    field_ = fields_.find(key);
    if (field_ != nullptr) field_->line = line_;
    return field_ != nullptr;
  }

  void event(const JsonEvent& event) override {
    try {
      if (field_->keeps) {
        field_->kept.push_back(scalar_of(event));
      } else {
        add_event(event, field_->tokens);
      }
    } catch (const DataError& error) {
      throw DataError({.column = key_}, concat(error.what(), "; mend the line or the spec"));
    }
  }

  static void add_event(const JsonEvent& event, Ragged& batch) {
    const auto refuse = [&event](std::string_view expected) {
      throw DataError(concat("got ", describe(event), ", expected ", expected));
    };
    if (event.kind == Kind::list_end) {
      if (event.level == 1) batch.end_step();
    } else if (event.kind == Kind::list) {
      if (event.level > 1) refuse("at most lists in a list: steps, and their values");
    } else if (event.kind == Kind::null) {
      if (event.level == 1) batch.end_step();
      if (event.level > 1) refuse(concat("values of type ", to_string(batch.dtype())));
    } else if (event.level == 0) {
      refuse("a list of steps");
    } else {
      add_value(event, batch);
      if (event.level == 1) batch.end_step();
    }
  }

  static void add_value(const JsonEvent& event, Ragged& batch) {
    const bool integer = is_integer(batch.dtype());
    if (is_float(batch.dtype())) {
      add_number(event, batch);
    } else if (integer && event.kind == Kind::signed_integer) {
      add_integer(event, batch, event.integer);
    } else if (integer && event.kind == Kind::unsigned_integer) {
      add_integer(event, batch, event.natural);
    } else if (!integer && event.kind == Kind::string) {
      batch.add_value(event.text);
    } else {
      throw DataError(concat("got ", describe(event), ", expected ", to_string(batch.dtype())));
    }
  }

  static void add_number(const JsonEvent& event, Ragged& batch) {
    double number = 0;
    if (event.kind == Kind::real) {
      number = event.real;
    } else if (event.kind == Kind::signed_integer) {
      number = static_cast<double>(event.integer);
    } else if (event.kind == Kind::unsigned_integer) {
      number = static_cast<double>(event.natural);
    } else {
      throw DataError(concat("got ", describe(event), ", expected a number"));
    }
    if (!std::isfinite(static_cast<float>(number))) {
      throw DataError(concat("got ", describe(event), ", expected a number in float32's range"));
    }
    batch.add_number(number);
  }

  template <class Integer>
  static void add_integer(const JsonEvent& event, Ragged& batch, Integer value) {
    try {
      batch.add_value(value);
    } catch (const DataError&) {
      throw DataError(concat("got ", describe(event), ", expected an integer in the range of ",
                             to_string(batch.dtype())));
    }
  }

  JsonlWay way_;
  std::int64_t line_ = 0;  // of all lines; `cut_back` does not reset it

  // The member that is being read.
  std::string key_;
  JsonlField* field_ = nullptr;
};

}  // namespace

std::unique_ptr<RowBatch> make_jsonl_rows(const ParseSpec& spec,
                                          const std::vector<std::string>& keep, JsonlWay way) {
  return std::make_unique<JsonlRows>(spec, keep, way);
}

}  // namespace seqfeat::run
