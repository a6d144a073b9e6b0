// SPDX-License-Identifier: Apache-2.0
// Specs as JSON: what can be read has one canonical text, which reads back as itself.

#include "seqfeat/spec_json.hpp"

#include <string>
#include <string_view>

#include "seqfeat/error.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace {

using namespace seqfeat;
using fuzz::promise;

void check_spec(std::string_view text) {
  const Spec spec = parse_spec(text);
  const std::string canonical = to_json(spec);
  const Spec again = parse_spec(canonical);
  promise(to_json(again) == canonical, "the canonical text reads back as itself");
  promise(again.options == spec.options, "the options survive");
  promise(again.columns.size() == spec.columns.size(), "every column survives");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  try {
    check_spec(text);
  } catch (const InvalidArgument& refusal) {
    fuzz::promise_short(refusal, size);
  }
  try {
    (void)width_of(parse_column(text));
  } catch (const InvalidArgument& refusal) {
    fuzz::promise_short(refusal, size);
  }
  return 0;
}
