// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "abi/xla/ffi.hpp"
#include "seqfeat/seqfeat.h"
#include "seqfeat/stream.hpp"

namespace seqfeat::test {

/// Calls handlers as XLA does, with a stream and a device of the test's.
class FakeXla {
 public:
  using Handler = XLA_FFI_Error* (*)(XLA_FFI_CallFrame*);

  explicit FakeXla(Stream stream = kHostStream);

  void argument(xla::ElementType type, const void* data, std::vector<std::int64_t> dims);
  void result(xla::ElementType type, void* data, std::vector<std::int64_t> dims);
  void attribute(std::string name, std::int64_t value);
  void attribute(std::string name, std::string value);

  /// The message of the handler's error, or nothing.
  [[nodiscard]] std::string call(Handler handler);

  // What may be otherwise.

  std::uint32_t stage = xla::kExecuteStage;
  xla::Api api{};
  bool knows_its_stream = true;

  /// What the handler tells of itself to an XLA of this minor version.
  [[nodiscard]] static xla::Metadata metadata(Handler handler, int minor_version);

 private:
  struct Array {
    xla::FfiBuffer buffer;
    std::vector<std::int64_t> dims;
  };
  struct Attribute {
    std::string name;
    std::string text;
    std::int64_t number = 0;
    std::uint32_t kind = 0;
    xla::ByteSpan name_span{}, text_span{};
    xla::Scalar scalar{};
  };
  void add(std::deque<Array>& arrays, xla::ElementType type, void* data,
           std::vector<std::int64_t> dims);

  Stream stream_;
  std::deque<Array> arguments_, results_;
  std::deque<Attribute> attributes_;
};

}  // namespace seqfeat::test
