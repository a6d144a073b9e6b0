// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "seqfeat/layer.hpp"
#include "seqfeat/optimizer.hpp"
#include "seqfeat/training.hpp"
#include "tests/golden/decode.hpp"
#include "tests/golden/on_backend.hpp"

// What the three kinds of training cases share. Tables stand in the backend's memory and are bound.

namespace seqfeat::golden {

/// The case's optimizer, with its words and numbers.
[[nodiscard]] Optimizer optimizer_from(const Case& c);

/// A tensor of floats in the backend's memory.
class OnBackend {
 public:
  OnBackend(const Backend& backend, const Tensor& tensor);
  [[nodiscard]] void* data() const noexcept { return buffer_.data(); }
  [[nodiscard]] FloatType type() const noexcept { return type_; }
  [[nodiscard]] TableView view() const { return {data(), shape_.at(0), shape_.at(1), 0, type_}; }
  /// As it is now.
  [[nodiscard]] Tensor read() const;

 private:
  Backend backend_;
  Buffer buffer_;
  std::vector<std::int64_t> shape_;
  FloatType type_;
};

/// A layer over tables that are bound.
class TrainedCase {
 public:
  /// `columns` and `options` as a case has them.
  TrainedCase(const Json& columns, const Json& options, const std::map<std::string, Tensor>& tables,
              const Backend& backend);

  /// Runs the layer over CSR features, which are gone when it returns, and holds T and lengths
  /// against the case's.
  void forward(const Json& features, std::int64_t padded_steps,
               const std::vector<std::int64_t>& lengths);

  [[nodiscard]] SequenceFeatures& layer() noexcept { return layer_; }
  [[nodiscard]] Workspace& workspace() { return *workspace_; }
  [[nodiscard]] const BatchSizes& sizes() const noexcept { return sizes_; }
  [[nodiscard]] const OnBackend& table(const std::string& name) const { return tables_.at(name); }

 private:
  Backend backend_;
  std::map<std::string, OnBackend> tables_;
  SequenceFeatures layer_;
  std::optional<Workspace> workspace_;
  BatchSizes sizes_;
};

/// A copy of state from host memory, or a comparison with what the case expects.
void set_state(OptimizerState& state, const std::string& table, const Json& slots,
               const Json& tensors, const Backend& backend);
void same_state(const OptimizerState& state, const std::string& table, const Json& slots,
                const Json& tensors, const Backend& backend);

/// Bit by bit; any NaN equals any NaN.
void same_tensor(std::string_view what, const Tensor& got, const Tensor& expected);

/// The tensors of `json`, an object of them.
[[nodiscard]] std::map<std::string, Tensor> tensors_of(const Json& json, const Json& tensors);

}  // namespace seqfeat::golden
