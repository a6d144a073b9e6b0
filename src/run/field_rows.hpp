// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "run/jsonl_fields.hpp"
#include "run/row_batch.hpp"

namespace seqfeat::run {

/// Rows whose tokens and kept values are put into fields, whatever they are read from.
class FieldRows : public RowBatch {
 public:
  [[nodiscard]] std::int64_t rows() const final { return rows_; }
  [[nodiscard]] Features features() const final {
    Features features;
    for (const auto& [key, field] : fields_) {
      if (!field.keeps) features.set(key, field.tokens.view());
    }
    return features;
  }
  [[nodiscard]] const std::vector<Scalar>& kept(std::size_t k) const final {
    return fields_.at(keep_[k]).kept;
  }
  [[nodiscard]] const Ragged& feature(const std::string& key) const final {
    return fields_.at(key).tokens;
  }
  void cut_back(std::int64_t rows) final {
    rows_ = rows;
    fields_.cut_back(rows);
  }

 protected:
  FieldRows(const ParseSpec& spec, std::vector<std::string> keep)
      : fields_(spec, keep), keep_(std::move(keep)) {}

  JsonlFields fields_;
  std::vector<std::string> keep_;
  std::int64_t rows_ = 0;
};

}  // namespace seqfeat::run
