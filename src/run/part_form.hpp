// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <utility>

#include "seqfeat/safetensors.hpp"

namespace seqfeat::run {

/// Writes parts in a form that this library has not: whoever calls it does, Python for Parquet,
/// Arrow IPC and numpy's .npz. Several threads may call it.
///
/// What shows such a part to be whole and of its input stands beside it, in a file of its own
/// (`proof_name`): a safetensors file without tensors, whose metadata are those of a part.
class PartForm {
 public:
  using Write = std::function<void(std::span<const std::byte>)>;

  PartForm() = default;
  PartForm(const PartForm&) = delete;
  PartForm& operator=(const PartForm&) = delete;
  PartForm(PartForm&&) = delete;
  PartForm& operator=(PartForm&&) = delete;
  virtual ~PartForm() = default;

  /// How its files end: one of `kPartEndings`.
  [[nodiscard]] virtual std::string ending() const = 0;

  /// Gives the bytes of a part's file to `write`, one piece behind the other. Equal tensors give
  /// equal bytes.
  virtual void encode(std::span<const std::pair<std::string, TensorView>> tensors,
                      const Write& write) = 0;
};

}  // namespace seqfeat::run
