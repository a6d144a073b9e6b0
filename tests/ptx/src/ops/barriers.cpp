// SPDX-License-Identifier: Apache-2.0
#include "ops/barriers.hpp"

#include "ops/meeting.hpp"

namespace ptx {
namespace {

std::uint64_t result_of(Reduction reduction, unsigned yes, unsigned threads) {
  switch (reduction) {
    case Reduction::all:
      return yes == threads ? 1 : 0;
    case Reduction::any:
      return yes > 0 ? 1 : 0;
    default:
      return yes;
  }
}

const std::map<std::string, Reduction, std::less<>> kReductions{
    {"bar.sync", Reduction::none},
    {"bar.red.and.pred", Reduction::all},
    {"bar.red.or.pred", Reduction::any},
    {"bar.red.popc.u32", Reduction::count},
};

// bar.sync 0; bar.red.op.type to, 0, predicate; other barriers and counts of threads are refused.
void build_barrier(Assembler& assembler, const Statement& statement, Instruction& in) {
  const auto& operands = statement.operands;
  if (statement.opcode == "bar.warp.sync" && operands.size() == 1) {
    build_warp_barrier(assembler, statement, in);
    return;
  }
  const auto known = kReductions.find(statement.opcode);
  const bool reduces = known != kReductions.end() && known->second != Reduction::none;
  const std::size_t number = reduces ? 1 : 0;
  if (known == kReductions.end() || operands.size() != (reduces ? 3 : 1) ||
      operands[number].token.text != "0") {
    assembler.refuse("expected a known barrier with number 0 and all threads of the block");
  }
  in.kind = Kind::barrier;
  in.reduction = known->second;
  if (reduces) {
    const std::uint8_t width = in.reduction == Reduction::count ? 4 : 0;
    in.to[0] = assembler.target(operands[0], {width, false, false});
    in.from[0] = assembler.predicate(operands[2], in.inverted);
  }
}

}  // namespace

void cross(std::span<const Arrival> arrivals) {
  const Reduction reduction = arrivals.front().party.instruction->reduction;
  unsigned yes = 0;
  unsigned threads = 0;
  for (const auto& [warp, party] : arrivals) {
    const Instruction& in = *party.instruction;
    if (in.reduction != reduction) {
      warp->fault(in, static_cast<unsigned>(std::countr_zero(party.lanes)),
                  "waits at another kind of barrier than an earlier warp of the block; expected "
                  "all at the same kind");
    }
    threads += static_cast<unsigned>(std::popcount(party.lanes));
    if (reduction != Reduction::none) {
      const Lanes said = warp->predicate(in.from[0]) ^ in.inverted;
      yes += static_cast<unsigned>(std::popcount(party.lanes & said));
    }
  }
  if (reduction == Reduction::none) {
    return;
  }
  const std::uint64_t result = result_of(reduction, yes, threads);
  for (const auto& [warp, party] : arrivals) {
    give(*warp, std::span(&party, 1), [&](unsigned) { return result; });
  }
}

void add_barriers(Table& table) {
  table.add_family("bar", build_barrier);
}

}  // namespace ptx
