// SPDX-License-Identifier: Apache-2.0
#include "run/emit_set.hpp"

#include <algorithm>
#include <array>

#include "backend/concat.hpp"
#include "seqfeat/error.hpp"

namespace seqfeat::run {
namespace {

struct Member {
  const char* name;
  bool EmitSet::*set;
  Emit emit;
};
constexpr std::array<Member, 5> kMembers{{{"values", &EmitSet::values, Emit::values_only},
                                          {"lengths", &EmitSet::lengths, Emit::lengths},
                                          {"mask", &EmitSet::mask, Emit::mask},
                                          {"ids", &EmitSet::ids, Emit::ids},
                                          {"ragged", &EmitSet::ragged, Emit::ragged}}};

}  // namespace

Emit EmitSet::emit() const noexcept {
  Emit emit = Emit::lengths;
  for (const Member& member : kMembers) {
    if (this->*member.set) emit = emit | member.emit;
  }
  return emit;
}

std::vector<std::string> EmitSet::names() const {
  std::vector<std::string> names;
  for (const Member& member : kMembers) {
    if (this->*member.set) names.emplace_back(member.name);
  }
  return names;
}

EmitSet emit_set_from(const std::vector<std::string>& names) {
  EmitSet set;
  for (const std::string& name : names) {
    const auto* const member = std::find_if(kMembers.begin(), kMembers.end(),
                                            [&](const Member& m) { return name == m.name; });
    if (member == kMembers.end()) {
      throw InvalidArgument(detail::concat(
          "--emit: got '", name, "', expected some of values, lengths, mask, ids, ragged"));
    }
    set.*(member->set) = true;
  }
  if (names.empty()) throw InvalidArgument("--emit: got nothing, expected for example values,mask");
  return set;
}

}  // namespace seqfeat::run
