// SPDX-License-Identifier: Apache-2.0
#include "machine/schedule.hpp"

#include <algorithm>

namespace ptx {

Schedule::Schedule(Machine& machine, unsigned number, std::byte* shared)
    : machine_(machine),
      turns_(machine.turns()),
      code_(machine.program().code.data()),
      warp_(machine, number, shared) {}

const Instruction& Schedule::at(std::uint32_t pc) const {
  return code_[pc];
}

void Schedule::start(unsigned block) {
  warp_.start(block);
  const Lanes all = warp_.lanes() == kWarp ? kAllLanes : (Lanes{1} << warp_.lanes()) - 1;
  gone_ = ~all;
  ready_.assign(1, {0, all});
  may_split_ = !turns_.ascending();
}

void Schedule::run() {
  while (!ready_.empty()) {
    advance(turns_.take(ready_));
  }
  if (!waiting_.empty()) {
    deadlock();
  }
}

Lanes Schedule::active(const Instruction& in, Lanes lanes) {
  return in.guarded ? lanes & (warp_.predicate(in.guard) ^ in.flipped) : lanes;
}

// In ascending order a group stops where another one stands, so that the two go on as one.
void Schedule::advance(Group group) {
  std::uint32_t stop = ~std::uint32_t{0};
  if (turns_.ascending()) {
    for (const Group& other : ready_) {
      stop = std::min(stop, other.pc);
    }
  }
  for (bool first = true; group.pc < stop; first = false) {
    const Instruction& in = at(group.pc);
    Lanes active = this->active(in, group.lanes);
    if (!machine_.count(group.pc, active)) {
      warp_.fault(in, static_cast<unsigned>(std::countr_zero(group.lanes)),
                  "the launch has run " + std::to_string(machine_.launch().most_steps) +
                      " warp instructions; expected it to have ended by then");
    }
    switch (in.kind) {
      case Kind::memory:
        if (active == 0) {
          break;
        }
        if (!first && !ready_.empty() && turns_.change()) {
          ready_.push_back(group);
          return;
        }
        if (may_split_) {
          hold_back(group, active);
          active &= group.lanes;
        }
        [[fallthrough]];
      case Kind::plain:
        if (active != 0) {
          in.execute(warp_, in, active);
        }
        break;
      case Kind::branch:
        if (active == group.lanes) {
          group.pc = in.target;
          continue;
        }
        if (active != 0) {
          ready_.push_back({in.target, active});
          ready_.push_back({group.pc + 1, group.lanes & ~active});
          return;
        }
        break;
      case Kind::leave:
      case Kind::meet:
      case Kind::barrier:
        if (active == 0) {
          break;
        }
        if (active != group.lanes) {
          ready_.push_back({group.pc + 1, group.lanes & ~active});
        }
        if (in.kind == Kind::leave) {
          leave(active);
        } else if (in.kind == Kind::meet) {
          arrive({group.pc, active});
        } else {
          blocked_.push_back({group.pc, active});
        }
        return;
    }
    ++group.pc;
  }
  ready_.push_back(group);
}

// Splits a group before a memory access: one part runs ahead, up to the next point at which lanes
// synchronise. Whatever the parts exchange through memory without such a point goes wrong.
void Schedule::hold_back(Group& group, Lanes active) {
  const Lanes ahead = turns_.ahead(active);
  may_split_ = false;
  if (ahead != group.lanes) {
    ready_.push_back({group.pc, group.lanes & ~ahead});
    group.lanes = ahead;
  }
}

void Schedule::leave(Lanes lanes) {
  gone_ |= lanes;
  const auto release_one = [&] {
    const std::vector<Waiting> waiting = waiting_;
    return std::any_of(waiting.begin(), waiting.end(),
                       [&](const Waiting& one) { return release(one); });
  };
  while (release_one()) {
  }
}

void Schedule::arrive(Group group) {
  const Instruction& in = at(group.pc);
  const auto* members = warp_.row<Lanes>(in.from[kMembers]);
  while (group.lanes != 0) {
    const auto lane = static_cast<unsigned>(std::countr_zero(group.lanes));
    Waiting part{{group.pc, 0}, members[lane]};
    for_each_lane(group.lanes, [&](unsigned other) {
      part.group.lanes |= Lanes{members[other] == part.members} << other;
    });
    group.lanes &= ~part.group.lanes;
    if ((part.group.lanes & ~part.members) != 0) {
      const auto outside =
          static_cast<unsigned>(std::countr_zero(part.group.lanes & ~part.members));
      warp_.fault(in, outside, "the mask of members does not name the lane itself");
    }
    waiting_.push_back(part);
    static_cast<void>(release(part));
  }
}

// Lanes may meet at different instructions if these do the same.
bool Schedule::release(const Waiting& first) {
  const Meet function = at(first.group.pc).meet;
  const auto others =
      std::stable_partition(waiting_.begin(), waiting_.end(), [&](const Waiting& waiting) {
        return waiting.members != first.members || at(waiting.group.pc).meet != function;
      });
  Lanes here = 0;
  for (auto party = others; party != waiting_.end(); ++party) {
    here |= party->group.lanes;
  }
  if (here != (first.members & ~gone_)) {
    return false;
  }
  meet(function, {others, waiting_.end()});
  waiting_.erase(others, waiting_.end());
  return true;
}

void Schedule::meet(Meet function, std::span<const Waiting> all) {
  std::array<Party, kWarp> parties;
  std::size_t count = 0;
  for (const Waiting& waiting : all) {
    parties[count++] = {&at(waiting.group.pc), waiting.group.lanes};
    ready_.push_back({waiting.group.pc + 1, waiting.group.lanes});
  }
  function(warp_, std::span(parties).first(count));
  may_split_ = !turns_.ascending();
}

std::optional<Party> Schedule::at_barrier() const {
  if (blocked_.empty()) {
    return std::nullopt;
  }
  Party party{&at(blocked_.front().pc), 0};
  for (const Group& group : blocked_) {
    if (group.pc != blocked_.front().pc) {
      warp_.fault(at(group.pc), static_cast<unsigned>(std::countr_zero(group.lanes)),
                  "divergent barrier: waits here, while other lanes of the warp wait at PTX line " +
                      std::to_string(machine_.kernel().instructions[blocked_.front().pc].line) +
                      "; expected all of them at one barrier");
    }
    party.lanes |= group.lanes;
  }
  return party;
}

void Schedule::leave_barrier() {
  for (const Group& group : blocked_) {
    ready_.push_back({group.pc + 1, group.lanes});
  }
  blocked_.clear();
  may_split_ = !turns_.ascending();
}

}  // namespace ptx
