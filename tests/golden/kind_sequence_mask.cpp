// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <optional>

#include "seqfeat/pad.hpp"
#include "tests/golden/compare.hpp"
#include "tests/golden/kinds.hpp"

namespace seqfeat::golden {
namespace {

void flatten(const Json& nested, std::vector<std::int64_t>& lengths) {
  for (const Json& element : nested) {
    if (element.is_array()) {
      flatten(element, lengths);
    } else {
      lengths.push_back(int64_from(element));
    }
  }
}

void run_sequence_mask(const Case& c, const Backend&) {
  std::vector<std::int64_t> lengths;
  flatten(c.input("lengths"), lengths);
  std::vector<std::int64_t> shape;
  for (const Json* level = &c.input("lengths");; level = &level->front()) {
    shape.push_back(static_cast<std::int64_t>(level->size()));
    if (level->empty() || !level->front().is_array()) break;
  }
  std::optional<std::int64_t> maxlen;
  if (!c.input("maxlen").is_null()) maxlen = int64_from(c.input("maxlen"));
  std::int64_t width = 0;
  for (const std::int64_t length : lengths) width = std::max(width, length);
  shape.push_back(maxlen.value_or(width));
  hold_against(c, "sequence_mask", [&] {
    const std::vector<std::uint8_t> got = sequence_mask(lengths, maxlen);
    same_booleans("mask", shape, got, tensor_from(c.expected("mask"), c.tensors()));
  });
}

const KindEntry kMask{"sequence_mask", {kOnce, run_sequence_mask}};

}  // namespace
}  // namespace seqfeat::golden
