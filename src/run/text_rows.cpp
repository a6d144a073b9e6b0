// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "backend/concat.hpp"
#include "run/row_batch.hpp"
#include "run/text.hpp"
#include "seqfeat/error.hpp"

namespace seqfeat::run {
namespace {

/// Lines whose tokens stand between runs of spaces.
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
    if (is_integer(tokens_.dtype())) {
      try {
        add_integer_text(tokens_, token);
      } catch (const DataError& error) {
        throw DataError({.column = key_},
                        detail::concat(error.what(), "; mend the line or the dtype"));
      }
    } else {
      tokens_.add_value(token);
    }
    tokens_.end_step();
  }

  std::string key_;
  Ragged tokens_;
  std::vector<Scalar> nothing_;
};

}  // namespace

std::unique_ptr<RowBatch> make_text_rows(std::string key, DType dtype) {
  return std::make_unique<TextRows>(std::move(key), dtype);
}

}  // namespace seqfeat::run
