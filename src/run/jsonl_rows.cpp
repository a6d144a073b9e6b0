// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "backend/concat.hpp"
#include "run/json_scan.hpp"
#include "run/row_batch.hpp"
#include "seqfeat/error.hpp"

namespace seqfeat::run {
namespace {

using detail::concat;
using Kind = JsonEvent::Kind;

Scalar scalar_of(const JsonEvent& event) {
  if (event.kind == Kind::signed_integer) return event.integer;
  if (event.kind == Kind::unsigned_integer) {
    if (event.natural <= static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
      return static_cast<std::int64_t>(event.natural);
    }
  } else if (event.kind == Kind::real && std::isfinite(static_cast<float>(event.real)) &&
             event.text.find_first_of(".eE") != std::string_view::npos) {
    return static_cast<float>(event.real);
  }
  throw DataError(concat("got ", JsonMembers::describe(event), ", expected one int64 or float"));
}

/// Lines that are objects: `{"tokens": ["a", ["b", "c"], [], null], "label": 1}`.
class JsonlRows final : public RowBatch, private JsonMembers {
 public:
  JsonlRows(const ParseSpec& spec, std::vector<std::string> keep)
      : keep_(std::move(keep)), kept_(keep_.size()) {
    for (const auto& [key, dtype] : spec) batches_.emplace_back(key, Ragged(dtype));
  }

  void add(std::string_view row) override {
    if (row.empty()) throw DataError("got an empty line, expected one object a line");
    scan_json_object(row, *this);
    ++rows_;
    for (auto& [key, batch] : batches_) batch.end_row();
    for (std::size_t k = 0; k < kept_.size(); ++k) {
      if (static_cast<std::int64_t>(kept_[k].size()) == rows_) continue;
      throw DataError(concat(keep_[k], ": got nothing, expected one int64 or float to keep"));
    }
  }

  [[nodiscard]] std::int64_t rows() const override { return rows_; }
  [[nodiscard]] Features features() const override {
    Features features;
    for (const auto& [key, batch] : batches_) features.set(key, batch.view());
    return features;
  }
  [[nodiscard]] const std::vector<Scalar>& kept(std::size_t k) const override { return kept_[k]; }
  void clear() override {
    rows_ = 0;
    for (auto& [key, batch] : batches_) batch.clear();
    for (auto& values : kept_) values.clear();
  }

 private:
  bool member(std::string_view key) override {
    const auto same = [key](const auto& entry) { return entry.first == key; };
    const auto feature = std::find_if(batches_.begin(), batches_.end(), same);
    const auto kept = std::find(keep_.begin(), keep_.end(), key);
    key_ = key;
    batch_ = feature == batches_.end() ? nullptr : &feature->second;
    scalars_ = kept == keep_.end()
                   ? nullptr
                   : &kept_[static_cast<std::size_t>(std::distance(keep_.begin(), kept))];
    return batch_ != nullptr || scalars_ != nullptr;
  }

  void event(const JsonEvent& event) override {
    try {
      if (batch_ == nullptr) {
        scalars_->push_back(scalar_of(event));
      } else {
        add_event(event);
      }
    } catch (const DataError& error) {
      throw DataError(concat(key_, ": ", error.what(), "; mend the line or the spec"));
    }
  }

  void add_event(const JsonEvent& event) {
    const auto refuse = [&event](std::string_view expected) {
      throw DataError(concat("got ", describe(event), ", expected ", expected));
    };
    if (event.kind == Kind::list_end) {
      if (event.level == 1) batch_->end_step();
    } else if (event.kind == Kind::list) {
      if (event.level > 1) refuse("at most lists in a list: steps, and their values");
    } else if (event.kind == Kind::null) {
      if (event.level == 1) batch_->end_step();
      if (event.level > 1) refuse(concat("values of type ", to_string(batch_->dtype())));
    } else if (event.level == 0) {
      refuse("a list of steps");
    } else {
      add_value(event);
      if (event.level == 1) batch_->end_step();
    }
  }

  void add_value(const JsonEvent& event) {
    const bool integer = is_integer(batch_->dtype());
    if (integer && event.kind == Kind::signed_integer) {
      add_integer(event, event.integer);
    } else if (integer && event.kind == Kind::unsigned_integer) {
      add_integer(event, event.natural);
    } else if (!integer && event.kind == Kind::string) {
      batch_->add_value(event.text);
    } else {
      throw DataError(concat("got ", describe(event), ", expected ", to_string(batch_->dtype())));
    }
  }

  template <class Integer>
  void add_integer(const JsonEvent& event, Integer value) {
    try {
      batch_->add_value(value);
    } catch (const DataError&) {
      throw DataError(concat("got ", describe(event), ", expected an integer in the range of ",
                             to_string(batch_->dtype())));
    }
  }

  std::vector<std::pair<std::string, Ragged>> batches_;
  std::vector<std::string> keep_;
  std::vector<std::vector<Scalar>> kept_;
  std::int64_t rows_ = 0;

  // The member that is being read.
  std::string key_;
  Ragged* batch_ = nullptr;
  std::vector<Scalar>* scalars_ = nullptr;
};

}  // namespace

std::unique_ptr<RowBatch> make_jsonl_rows(const ParseSpec& spec,
                                          const std::vector<std::string>& keep) {
  return std::make_unique<JsonlRows>(spec, keep);
}

}  // namespace seqfeat::run
