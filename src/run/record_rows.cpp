// SPDX-License-Identifier: Apache-2.0
#include "run/row_batch.hpp"

namespace seqfeat::run {
namespace {

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

}  // namespace

std::unique_ptr<RowBatch> make_record_rows(RecordKind kind, const ParseSpec& spec,
                                           const std::vector<std::string>& keep) {
  return std::make_unique<RecordRows>(kind, spec, keep);
}

}  // namespace seqfeat::run
