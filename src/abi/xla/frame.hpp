// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string_view>

#include "abi/xla/ffi.hpp"
#include "seqfeat/stream.hpp"

// A call of a handler, decoded and checked: what XLA hands over is what the caller in Python wrote,
// and anybody may write a call.

namespace seqfeat::xla {

/// One call in its execution stage. Everything throws InvalidArgument, naming what is missing or of
/// another form.
class Frame {
 public:
  explicit Frame(const CallFrame& frame) : frame_(frame) {}

  [[nodiscard]] std::int64_t arguments() const noexcept { return frame_.arguments.size; }
  [[nodiscard]] std::int64_t results() const noexcept { return frame_.results.size; }
  [[nodiscard]] const FfiBuffer& argument(std::int64_t index) const;
  [[nodiscard]] const FfiBuffer& result(std::int64_t index) const;

  [[nodiscard]] std::string_view text(std::string_view attribute) const;
  [[nodiscard]] std::int64_t integer(std::string_view attribute) const;

  // Of a call on a device.

  [[nodiscard]] Stream stream() const;
  [[nodiscard]] int device_ordinal() const;

 private:
  [[nodiscard]] const void* attribute(std::string_view name, std::uint32_t kind) const;
  void require(Error* error, std::string_view what) const;

  const CallFrame& frame_;
};

/// The elements of `buffer`, called `what` in messages. A dimension of -1 may be any.
[[nodiscard]] void* elements(const FfiBuffer& buffer, std::string_view what, ElementType type,
                             std::initializer_list<std::int64_t> dims);

/// Calls `work` with the frame if the call is one to execute, answers XLA's question about the
/// handler if it is that, and turns exceptions into errors with their messages.
Error* handle(CallFrame* frame, void (*work)(const Frame& frame)) noexcept;

}  // namespace seqfeat::xla
