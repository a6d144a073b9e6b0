// SPDX-License-Identifier: Apache-2.0
// Says which lanes wait for which others for ever.
#include <sstream>

#include "machine/schedule.hpp"

namespace ptx {

// Where lanes stand that others wait for, a group at a time.
std::string Schedule::where(Lanes lanes) const {
  std::ostringstream text;
  const auto tell = [&](const Group& group) {
    if ((group.lanes & lanes) != 0) {
      text << (text.tellp() == 0 ? "" : ", ") << "lanes 0x" << std::hex << (group.lanes & lanes)
           << " at PTX line " << std::dec << machine_.kernel().instructions[group.pc].line;
    }
    return (group.lanes & lanes) != 0;
  };
  for (const Group& group : blocked_) {
    if (tell(group)) {
      text << ", a barrier of the block";
    }
  }
  for (const Waiting& waiting : waiting_) {
    if (tell(waiting.group)) {
      text << " with the mask 0x" << std::hex << waiting.members;
    }
  }
  return text.str();
}

void Schedule::deadlock() const {
  const Waiting& first = waiting_.front();
  const Lanes missing = first.members & ~gone_ & ~first.group.lanes;
  std::ostringstream mask;
  mask << "0x" << std::hex << first.members;
  warp_.fault(at(first.group.pc), static_cast<unsigned>(std::countr_zero(first.group.lanes)),
              "deadlock: waits with the mask " + mask.str() + " for lanes that never come (" +
                  where(missing) + "); expected all lanes of the mask to meet here");
}

}  // namespace ptx
