// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "seqfeat/arrow_abi.hpp"

namespace seqfeat::detail {

/// Owns an ArrowSchema, ArrowArray or ArrowArrayStream, and releases it.
template <class Struct>
class Moved {
 public:
  Moved() = default;
  /// Takes what `from` holds. `from` counts as released from then on.
  explicit Moved(Struct* from) noexcept : held_(*from) { from->release = nullptr; }
  Moved(Moved&& other) noexcept : Moved(&other.held_) {}
  Moved(const Moved&) = delete;
  Moved& operator=(const Moved&) = delete;
  Moved& operator=(Moved&&) = delete;
  ~Moved() {
    if (*this) held_.release(&held_);
  }

  /// Whether there is anything: nothing was moved away or released.
  explicit operator bool() const noexcept { return held_.release != nullptr; }
  [[nodiscard]] const Struct* get() const noexcept { return &held_; }
  [[nodiscard]] const Struct* operator->() const noexcept { return &held_; }
  /// For a producer to fill in, while there is nothing, or to be called on.
  [[nodiscard]] Struct* fill() noexcept { return &held_; }

 private:
  Struct held_{};
};

/// What a stream says about a call of it that returned `error`.
[[nodiscard]] std::string failure_of(Moved<ArrowArrayStream>& stream, int error);

}  // namespace seqfeat::detail
