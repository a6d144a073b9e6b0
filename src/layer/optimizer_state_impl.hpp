// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <filesystem>
#include <memory>
#include <string_view>
#include <vector>

#include "backend/backend_impl.hpp"
#include "layer/layer_impl.hpp"
#include "seqfeat/memory.hpp"
#include "seqfeat/training.hpp"

namespace seqfeat::detail {

/// An optimizer's state over a layer. optimizer_state.cpp keeps it, state_file.cpp saves it.
struct OptimizerStateImpl {
  OptimizerStateImpl(const LayerImpl& of, const Optimizer& with);

  /// Throws InvalidArgument unless it was made for the layer, whose tables kept their shapes.
  void check_of(const LayerImpl& of) const;
  [[nodiscard]] StateTensor& find(std::string_view table, std::string_view slot);
  void bind(std::string_view table, std::string_view slot, float* data);
  void complete();
  void advance(Stream stream);
  [[nodiscard]] UpdateArgs args() const noexcept;
  void save(const std::filesystem::path& file, Stream stream);
  void load(const std::filesystem::path& file, Stream stream);

  const LayerImpl* layer;
  Optimizer optimizer;
  double learning_rate;
  std::int64_t step = 0;
  TrainedTables trained;
  std::vector<StateTensor> tensors;  ///< Table by table, each in the order of the slots.

 private:
  /// How many steps may be written ahead of the device before a host waits for it.
  static constexpr std::size_t kStepsAhead = 16;

  void fill(const StateTensor& tensor, Stream stream) const;
  void point_to_tensors();

  bool complete_ = false;
  std::vector<Buffer> owned_;
  std::vector<TrainedState> states_;
  Buffer device_states_;
  Buffer scalars_;  ///< In the backend's memory.
  Buffer staging_;  ///< UpdateScalars[kStepsAhead], from which they are copied in turn.
  std::array<std::unique_ptr<Event>, kStepsAhead> copied_;
};

}  // namespace seqfeat::detail
