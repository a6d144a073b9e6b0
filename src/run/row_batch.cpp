// SPDX-License-Identifier: Apache-2.0
#include "run/row_batch.hpp"

#include <utility>

#include "backend/concat.hpp"
#include "run/text.hpp"
#include "seqfeat/error.hpp"

namespace seqfeat::run {

namespace {

using detail::concat;

/// Serialized tf.Examples or tf.SequenceExamples.
class RecordRows final : public RowBatch {
 public:
  RecordRows(RecordKind kind, const ParseSpec& spec, const std::vector<std::string>& keep)
      : parser_(spec, kind, keep) {}

  void add(std::string_view row) override { parser_.add(row, parser_.rows()); }
  [[nodiscard]] std::int64_t rows() const override { return parser_.rows(); }
  [[nodiscard]] Features features() const override { return parser_.features(); }
  [[nodiscard]] const std::vector<Scalar>& kept(std::size_t k) const override {
    return parser_.kept(k);
  }
  [[nodiscard]] const Ragged& feature(const std::string& key) const override {
    return parser_.feature(key);
  }
  [[nodiscard]] bool has_seen(const std::string& key) const override {
    return parser_.has_seen(key);
  }
  void cut_back(std::int64_t rows) override { parser_.cut_back(rows); }
  void clear() override { parser_.clear(); }

 private:
  ExampleParser parser_;
};

/// Lines of tokens separated by spaces.
class TextRows final : public RowBatch {
 public:
  TextRows(std::string key, DType dtype) : key_(std::move(key)), tokens_(dtype) {}

  void add(std::string_view row) override {
    try {
      while (true) {
        const std::size_t begin = row.find_first_not_of(' ');
        if (begin == std::string_view::npos) break;
        row.remove_prefix(begin);
        const std::string_view token = row.substr(0, row.find(' '));
        add_token(token);
        row.remove_prefix(token.size());
      }
    } catch (const DataError&) {
      tokens_.cut_back(tokens_.rows());
      throw;
    }
    tokens_.end_row();
  }

  [[nodiscard]] std::int64_t rows() const override { return tokens_.rows(); }
  [[nodiscard]] Features features() const override {
    Features features;
    features.set(key_, tokens_.view());
    return features;
  }
  [[nodiscard]] const std::vector<Scalar>& kept(std::size_t) const override { return nothing_; }
  [[nodiscard]] const Ragged& feature(const std::string&) const override { return tokens_; }
  [[nodiscard]] bool has_seen(const std::string&) const override { return true; }
  void cut_back(std::int64_t rows) override { tokens_.cut_back(rows); }

 private:
  void add_token(std::string_view token) {
    try {
      add_text(tokens_, token);
    } catch (const DataError& error) {
      throw DataError({.column = key_}, concat(error.what(), "; mend the line or the dtype"));
    }
    tokens_.end_step();
  }

  std::string key_;
  Ragged tokens_;
  std::vector<Scalar> nothing_;
};

}  // namespace

std::unique_ptr<RowBatch> make_row_batch(InputFormat format, const ParseSpec& spec,
                                         const std::vector<std::string>& keep) {
  for (const std::string& key : keep) {
    if (spec.contains(key)) {
      throw InvalidArgument(
          concat("--keep ", key, ": got a feature of the spec, expected a value beside them"));
    }
  }
  if (format == InputFormat::tfrecord_example) {
    return std::make_unique<RecordRows>(RecordKind::example, spec, keep);
  }
  if (format == InputFormat::tfrecord_sequence_example) {
    return std::make_unique<RecordRows>(RecordKind::sequence_example, spec, keep);
  }
  if (format == InputFormat::jsonl) return make_jsonl_rows(spec, keep);
  if (holds_columns(format)) return make_arrow_rows(spec, keep);
  if (spec.size() != 1) {
    throw InvalidArgument(concat("--input-format text: got a spec with ", spec.size(),
                                 " keys, expected one, for a line holds one feature; use jsonl"));
  }
  if (!keep.empty()) {
    throw InvalidArgument(concat("--keep ", keep.front(),
                                 ": got text, which holds tokens only; use jsonl or tfrecord"));
  }
  return std::make_unique<TextRows>(spec.begin()->first, spec.begin()->second);
}

std::int64_t token_count(const Features& features) noexcept {
  std::int64_t tokens = 0;
  for (const auto& [key, view] : features.views()) tokens += view.value_count;
  return tokens;
}

}  // namespace seqfeat::run
