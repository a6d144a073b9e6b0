// SPDX-License-Identifier: Apache-2.0
// Safetensors files. With the first byte odd, the length in front of the header is made right.

#include "seqfeat/safetensors.hpp"

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "seqfeat/error.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace {

using namespace seqfeat;
using fuzz::promise;

std::string_view as_text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// `header`, up to the last brace, behind its length.
std::string with_length(std::string_view text) {
  const std::uint64_t length = text.rfind('}') + 1;
  std::string out(sizeof length, '\0');
  std::memcpy(out.data(), &length, sizeof length);
  return out.append(text);
}

void check(std::string_view file) {
  const SafetensorsFile read(std::as_bytes(std::span(file)), "input");
  std::vector<std::pair<std::string, TensorView>> tensors(read.tensors().begin(),
                                                          read.tensors().end());
  std::stable_sort(tensors.begin(), tensors.end(), [](const auto& a, const auto& b) {
    return std::pair(a.second.data.data(), a.second.data.size()) <
           std::pair(b.second.data.data(), b.second.data.size());
  });
  const std::map<std::string, std::string> metadata(read.metadata().begin(), read.metadata().end());
  std::string copy = safetensors_header(tensors, metadata);
  for (const auto& [name, tensor] : tensors) copy += as_text(tensor.data);

  const SafetensorsFile again(std::as_bytes(std::span(copy)), "copy");
  promise(again.metadata() == read.metadata(), "the metadata survives");
  promise(again.tensors().size() == read.tensors().size(), "every tensor survives");
  for (const auto& [name, tensor] : read.tensors()) {
    const TensorView& other = again.tensors().at(name);
    promise(other.dtype == tensor.dtype && other.shape == tensor.shape &&
                as_text(other.data) == as_text(tensor.data),
            "what is written is read back");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const fuzz::Input input(data, size);
  try {
    if ((input.mode & 1) == 0) {
      check(input.rest);
    } else {
      check(with_length(input.rest));
    }
  } catch (const DataError& refusal) {
    fuzz::promise_short(refusal, size);
  }
  return 0;
}
