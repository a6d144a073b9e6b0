// SPDX-License-Identifier: Apache-2.0
// Files of `inspect --summary`: what is taken can be advised on and merged. With the first byte
// odd, the checksum is made right, and registers, which are 64 KB, are zeros.

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "run/advisor/advice.hpp"
#include "run/advisor/hyperloglog.hpp"
#include "run/advisor/summary_file.hpp"
#include "run/advisor/summary_form.hpp"
#include "seqfeat/error.hpp"
#include "seqfeat/safetensors.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace {

using namespace seqfeat;
using fuzz::file_with;
using fuzz::promise;

/// The same tensors and metadata with the checksum that they have.
std::string made_right(std::string_view bytes) {
  const SafetensorsFile file(std::as_bytes(std::span(bytes)), "input");
  const std::vector<std::byte> registers(run::HyperLogLog::kRegisters);
  std::vector<std::pair<std::string, TensorView>> tensors;
  for (auto [name, tensor] : file.tensors()) {
    if (name.starts_with(run::kSummaryRegisters)) {
      tensor = {"U64", {std::ssize(registers) / 8, 1}, registers};
    }
    tensors.emplace_back(name, std::move(tensor));
  }
  std::map<std::string, std::string> metadata(file.metadata().begin(), file.metadata().end());
  metadata[run::kSummaryCrc] = run::summary_checksum(tensors, metadata);
  std::string out = safetensors_header(tensors, metadata);
  for (const auto& [name, tensor] : tensors) {
    out.append(reinterpret_cast<const char*>(tensor.data.data()), tensor.data.size());
  }
  return out;
}

void check(const run::Inspection& found) {
  for (const run::FeatureTally& feature : found.features) {
    const run::Advice advice = run::advise(feature.summary, feature.tokens, 100);
    promise(advice.distinct >= 0, "there are no fewer than no tokens");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const fuzz::Input input(data, size);
  try {
    const bool right = (input.mode & 1) != 0;
    const std::string file = file_with(right ? made_right(input.rest) : std::string(input.rest));
    check(run::load_summary(file));
    const run::Inspection twice = run::merge_summaries({file, file}, {});
    check(twice);
    promise(twice.rows == 2 * run::load_summary(file).rows, "two files have the rows of both");
  } catch (const Error& refusal) {
    fuzz::promise_short(refusal, size);
  }
  return 0;
}
