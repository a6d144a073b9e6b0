// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "seqfeat/example.hpp"
#include "seqfeat/safetensors.hpp"

namespace seqfeat::run {

/// The kept values of one key, one a row and all of one type, as tensors.
class KeptColumn {
 public:
  explicit KeptColumn(const std::vector<Scalar>& values) {
    for (const Scalar& value : values) {
      if (const auto* integer = std::get_if<std::int64_t>(&value)) integers_.push_back(*integer);
      if (const auto* real = std::get_if<float>(&value)) reals_.push_back(*real);
      if (const auto* text = std::get_if<std::string>(&value)) {
        if (offsets_.empty()) offsets_.push_back(0);
        bytes_ += *text;
        offsets_.push_back(static_cast<std::int64_t>(bytes_.size()));
      }
    }
  }

  /// Adds `keep/<key>`, of strings their bytes, and `keep_offsets/<key>` beside them. The tensors
  /// point into this object.
  void add_to(std::vector<std::pair<std::string, TensorView>>& tensors,
              const std::string& key) const {
    const auto add = [&](const char* kind, const std::string& name, const auto& values) {
      tensors.emplace_back(name + key, TensorView{kind,
                                                  {static_cast<std::int64_t>(values.size())},
                                                  std::as_bytes(std::span(values))});
    };
    if (!offsets_.empty()) {
      add("U8", "keep/", bytes_);
      add("I64", "keep_offsets/", offsets_);
    } else if (!reals_.empty()) {
      add("F32", "keep/", reals_);
    } else {
      add("I64", "keep/", integers_);
    }
  }

 private:
  std::vector<std::int64_t> integers_;
  std::vector<float> reals_;
  std::string bytes_;
  std::vector<std::int64_t> offsets_;
};

}  // namespace seqfeat::run
