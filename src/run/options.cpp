// SPDX-License-Identifier: Apache-2.0
#include "run/options.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "backend/concat.hpp"
#include "io/byte_source.hpp"
#include "seqfeat/error.hpp"

namespace seqfeat::run {
namespace {

using detail::concat;

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
      throw InvalidArgument(
          concat("--emit: got '", name, "', expected some of values, lengths, mask, ids, ragged"));
    }
    set.*(member->set) = true;
  }
  if (names.empty()) throw InvalidArgument("--emit: got nothing, expected for example values,mask");
  return set;
}

Spec read_spec(const std::string& file) {
  constexpr std::size_t kMostMiB = 64;
  try {
    ByteSource source(file, Compression::none);
    const std::string_view text = source.peek((kMostMiB << 20) + 1);
    if (text.size() > kMostMiB << 20) {
      throw InvalidArgument(concat("got more than ", kMostMiB, " MiB, expected a spec"));
    }
    return parse_spec(text);
  } catch (const UnreadableFile& error) {
    throw InvalidArgument(concat(error.what(), "; name a spec in JSON"));
  } catch (const InvalidArgument& error) {
    throw InvalidArgument(concat(file, ": ", error.what()));
  }
}

}  // namespace seqfeat::run
