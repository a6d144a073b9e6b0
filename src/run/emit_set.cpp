// SPDX-License-Identifier: Apache-2.0
#include "run/emit_set.hpp"

#include "backend/concat.hpp"
#include "seqfeat/error.hpp"

namespace seqfeat::run {

std::vector<std::string> EmitSet::names() const {
  std::vector<std::string> names;
  if (values) names.emplace_back("values");
  if (lengths) names.emplace_back("lengths");
  if (mask) names.emplace_back("mask");
  if (ids) names.emplace_back("ids");
  return names;
}

EmitSet emit_set_from(const std::vector<std::string>& names) {
  EmitSet set;
  for (const std::string& name : names) {
    if (name == "values") {
      set.values = true;
    } else if (name == "lengths") {
      set.lengths = true;
    } else if (name == "mask") {
      set.mask = true;
    } else if (name == "ids") {
      set.ids = true;
    } else {
      throw InvalidArgument(
          detail::concat("--emit: got '", name, "', expected some of values, lengths, mask, ids"));
    }
  }
  if (names.empty()) throw InvalidArgument("--emit: got nothing, expected for example values,mask");
  return set;
}

}  // namespace seqfeat::run
