// SPDX-License-Identifier: Apache-2.0
// cp.async: copies from global to shared memory that are under way until their thread waits for
// them. Until then the target holds poison. The source is read at the wait, so a source that is
// overwritten too early shows too.
#include <cstring>

#include "ops/address.hpp"

namespace ptx {
namespace {

constexpr std::byte kPoison{0xFF};
constexpr std::size_t kCopied = 1;  // from[kCopied]: how many bytes come from the source

// The source is at from[0] + second_offset.
void start_copy(Warp& warp, const Instruction& in, Lanes active) {
  for_each_lane(active, [&](unsigned lane) {
    AsyncCopy copy{lane, warp.copy_groups[lane], nullptr, nullptr, in.count, in.count};
    copy.from_source = static_cast<std::size_t>(warp.read(in.from[kCopied], lane));
    if (copy.from_source > copy.size) {
      warp.fault(in, lane,
                 "copies " + std::to_string(copy.from_source) +
                     " bytes from the source; expected at most " + std::to_string(copy.size));
    }
    copy.to = bytes_at(warp, in, lane, copy.size, true);
    if (copy.from_source > 0) {
      const Address from = address_of(warp, in.from[0], in.second_offset, lane);
      copy.from = warp.locate(in, lane, {Space::global, from, copy.size, false});
    }
    std::memset(copy.to, static_cast<int>(kPoison), copy.size);
    warp.copies.push_back(copy);
  });
}

void commit(Warp& warp, const Instruction& /*in*/, Lanes active) {
  for_each_lane(active, [&](unsigned lane) { ++warp.copy_groups[lane]; });
}

void arrive(const AsyncCopy& copy) {
  if (copy.from_source > 0) {
    std::memcpy(copy.to, copy.from, copy.from_source);
  }
  std::memset(copy.to + copy.from_source, 0, copy.size - copy.from_source);
}

/// Lets the copies of the lanes arrive whose group is older than the newest `left` committed ones.
template <class IsOld>
void arrive_if(Warp& warp, Lanes active, IsOld is_old) {
  std::erase_if(warp.copies, [&](const AsyncCopy& copy) {
    const bool arrives = (active >> copy.lane & 1) != 0 && is_old(copy);
    if (arrives) {
      arrive(copy);
    }
    return arrives;
  });
}

void wait_group(Warp& warp, const Instruction& in, Lanes active) {
  arrive_if(warp, active, [&](const AsyncCopy& copy) {
    return copy.group + in.target < warp.copy_groups[copy.lane];
  });
}

void wait_all(Warp& warp, const Instruction& /*in*/, Lanes active) {
  arrive_if(warp, active, [](const AsyncCopy&) { return true; });
}

/// The value of an operand that has to be a literal.
std::uint32_t number(Assembler& assembler, const Operand& operand) {
  if (operand.kind != Operand::Kind::literal) {
    assembler.refuse("expected a literal number");
  }
  return static_cast<std::uint32_t>(literal(operand.token));
}

void build_copy(Assembler& assembler, const Statement& statement, Modifiers modifiers,
                Instruction& in) {
  const bool through_l2 = modifiers.accept("cg");
  const bool known = (through_l2 || modifiers.accept("ca")) &&
                     take_space(modifiers) == Space::shared &&
                     take_space(modifiers) == Space::global;
  modifiers.accept_any({"L2::64B", "L2::128B", "L2::256B"});
  const std::size_t operands = statement.operands.size();
  if (!known || !modifiers.done() || operands < 3 || operands > 4) {
    assembler.refuse("the interpreter does not know this form of cp.async");
  }
  const std::uint32_t size = number(assembler, statement.operands[2]);
  if (size != 16 && (through_l2 || (size != 4 && size != 8))) {
    assembler.refuse("expected a copy of 4, 8 or 16 bytes, with .cg of 16");
  }
  assembler.address(statement.operands[1], Space::global, in);
  in.from[0] = in.from[kAddress];
  in.second_offset = in.offset;
  assembler.address(statement.operands[0], Space::shared, in);
  in.from[kCopied] = assembler.source(statement.operands.back(), {4, false, false});
  in.count = static_cast<std::uint8_t>(size);
  in.execute = start_copy;
}

void build_async(Assembler& assembler, const Statement& statement, Instruction& in) {
  Modifiers modifiers(statement.opcode);
  in.kind = Kind::memory;
  const std::size_t operands = statement.operands.size();
  if (modifiers.accept("async")) {
    if (modifiers.accept("commit_group") && modifiers.done() && operands == 0) {
      in.execute = commit;
    } else if (modifiers.accept("wait_all") && modifiers.done() && operands == 0) {
      in.execute = wait_all;
    } else if (modifiers.accept("wait_group") && modifiers.done() && operands == 1) {
      in.execute = wait_group;
      in.target = number(assembler, statement.operands[0]);
    } else {
      build_copy(assembler, statement, modifiers, in);
    }
    return;
  }
  assembler.refuse("the interpreter does not know " + std::string(statement.opcode));
}

}  // namespace

void add_async_copy(Table& table) {
  table.add_family("cp", build_async);
}

}  // namespace ptx
