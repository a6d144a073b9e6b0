// SPDX-License-Identifier: Apache-2.0
// shfl.sync: each lane reads the value of another lane within its segment.
#include "ops/meeting.hpp"

namespace ptx {
namespace {

enum class Way { up, down, butterfly, index };

constexpr std::size_t kDistance = 1;  // from[kDistance]: how far, or which lane
constexpr std::size_t kClamp = 2;  // from[kClamp]: bits 0 to 4 the clamp, 8 to 12 the segment mask
constexpr std::size_t kInRange = 1;  // to[kInRange]: whether the lane read another one

struct Choice {
  unsigned lane = 0;
  bool in_range = false;
};

template <Way kWay>
Choice choose(unsigned lane, std::uint32_t distance, std::uint32_t control) {
  const std::uint32_t clamp = control & 31;
  const std::uint32_t segment = control >> 8 & 31;
  const std::uint32_t b = distance & 31;
  const auto most = static_cast<int>((lane & segment) | (clamp & ~segment));
  const auto from = static_cast<int>(lane);
  int other = 0;
  bool in_range = false;
  switch (kWay) {
    case Way::up:
      other = from - static_cast<int>(b);
      in_range = other >= most;
      break;
    case Way::down:
      other = from + static_cast<int>(b);
      in_range = other <= most;
      break;
    case Way::butterfly:
      other = static_cast<int>(lane ^ b);
      in_range = other <= most;
      break;
    case Way::index:
      other = static_cast<int>((lane & segment) | (b & ~segment));
      in_range = other <= most;
      break;
  }
  return {in_range ? static_cast<unsigned>(other) : lane, in_range};
}

template <Way kWay>
void shuffle(Warp& warp, std::span<const Party> parties) {
  const Gathered all = gather(warp, parties);
  for (const auto& [in, lanes] : parties) {
    for_each_lane(lanes, [&, in = in](unsigned lane) {
      const Choice choice =
          choose<kWay>(lane, static_cast<std::uint32_t>(warp.read(in->from[kDistance], lane)),
                       static_cast<std::uint32_t>(warp.read(in->from[kClamp], lane)));
      if ((all.lanes >> choice.lane & 1) == 0) {
        warp.fault(*in, lane,
                   "reads lane " + std::to_string(choice.lane) +
                       ", which does not take part; expected a lane of the mask that "
                       "has not left");
      }
      warp.write(in->to[0], lane, all.values[choice.lane]);
      if (in->count == 2) {
        warp.write(in->to[kInRange], lane, choice.in_range ? 1 : 0);
      }
    });
  }
}

Meet find_way(std::string_view opcode) {
  if (opcode == "shfl.sync.up.b32") {
    return shuffle<Way::up>;
  }
  if (opcode == "shfl.sync.down.b32") {
    return shuffle<Way::down>;
  }
  if (opcode == "shfl.sync.bfly.b32") {
    return shuffle<Way::butterfly>;
  }
  return opcode == "shfl.sync.idx.b32" ? shuffle<Way::index> : Meet{};
}

void build_shuffle(Assembler& assembler, const Statement& statement, Instruction& in) {
  in.kind = Kind::meet;
  in.meet = find_way(statement.opcode);
  if (in.meet == nullptr || statement.operands.size() != 5) {
    assembler.refuse("the interpreter does not know this form of shfl");
  }
  const Slot word{4, false, false};
  const Operand& target = statement.operands[0];
  if (target.kind == Operand::Kind::pair) {
    in.count = 2;
    in.to[kInRange] = assembler.target(target.parts[1], {});
  }
  in.to[0] = assembler.target(in.count == 2 ? target.parts[0] : target, word);
  in.from[0] = assembler.source(statement.operands[1], word);
  in.from[kDistance] = assembler.source(statement.operands[2], word);
  in.from[kClamp] = assembler.source(statement.operands[3], word);
  in.from[kMembers] = assembler.source(statement.operands[4], word);
}

}  // namespace

void add_shuffle(Table& table) {
  table.add_family("shfl", build_shuffle);
}

}  // namespace ptx
