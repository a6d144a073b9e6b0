// SPDX-License-Identifier: Apache-2.0
// A kernel in the form in which it runs: the parser makes it, warps execute it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "machine/spaces.hpp"
#include "ptx/memory.hpp"

namespace ptx {

/// One bit for each lane of a warp.
using Lanes = std::uint32_t;
inline constexpr unsigned kWarp = 32;
inline constexpr Lanes kAllLanes = ~Lanes{0};

/// How many lanes a set has. (std::popcount is a call on machines without the instruction.)
[[nodiscard]] constexpr unsigned lanes_in(Lanes lanes) {
  lanes -= lanes >> 1 & 0x55555555;
  lanes = (lanes & 0x33333333) + (lanes >> 2 & 0x33333333);
  return ((lanes + (lanes >> 4)) & 0x0F0F0F0F) * 0x01010101 >> 24;
}

/// A register of all lanes of a warp: 32 values side by side in the register file, or 32 bits if it
/// is a predicate. Literals and special registers are rows too, so an instruction never asks what
/// kind of operand it has.
struct Row {
  std::uint32_t offset = 0;  // bytes from the start of the file
  std::uint8_t width = 0;    // bytes a lane; 0: a predicate
};

/// Rows do not share cache lines. No row has the offset 0, which marks operands that are not there.
inline constexpr std::size_t kRowUnit = 64;

[[nodiscard]] constexpr std::size_t row_bytes(std::uint8_t width) {
  const std::size_t bytes = width == 0 ? sizeof(Lanes) : std::size_t{kWarp} * width;
  return (bytes + kRowUnit - 1) / kRowUnit * kRowUnit;
}

class Warp;
struct Instruction;

/// Computes the result of the lanes in `active`.
using Execute = void (*)(Warp&, const Instruction&, Lanes active);

/// Lanes that meet at one instruction.
struct Party {
  const Instruction* instruction = nullptr;
  Lanes lanes = 0;
};
/// Computes the results of lanes that met; they may have met at different instructions.
using Meet = void (*)(Warp&, std::span<const Party>);

enum class Kind : std::uint8_t {
  plain,    // reads and writes registers of its own lane
  memory,   // reads or writes memory that other threads see
  branch,   // goes on at `target`
  leave,    // ends the thread
  meet,     // waits for the other lanes of a mask: from[kMembers]
  barrier,  // waits for the other threads of the block
};
inline constexpr std::size_t kMembers = 4;
inline constexpr std::size_t kAddress = 4;  // from[kAddress]: the base of an address

/// What a barrier tells all threads of the predicates that they bring.
enum class Reduction : std::uint8_t { none, all, any, count };

struct Instruction {
  Kind kind = Kind::plain;
  std::uint8_t count = 1;  // elements of a vector
  Space space = Space::generic;
  Reduction reduction = Reduction::none;
  bool guarded = false;
  Lanes inverted = 0;  // all bits set for a source !%p
  Lanes flipped = 0;   // all bits set for a guard @!%p
  Row guard;
  std::uint32_t target = 0;
  Execute execute = nullptr;
  Meet meet = nullptr;
  std::int64_t offset = 0;         // of an address
  std::int64_t second_offset = 0;  // of the source of a copy
  std::array<Row, 4> to{};
  std::array<Row, 5> from{};
};

/// What fills a row before a warp starts.
struct Literal {
  Row row;
  std::uint64_t value = 0;
};

enum class Special : std::uint8_t {
  tid_x,
  tid_y,
  tid_z,
  ntid_x,
  ntid_y,
  ntid_z,
  ctaid_x,
  ctaid_y,
  ctaid_z,
  nctaid_x,
  nctaid_y,
  nctaid_z,
  laneid,
  lanemask_eq,
  lanemask_le,
  lanemask_lt,
  lanemask_ge,
  lanemask_gt,
};

struct SpecialRow {
  Row row;
  Special what = Special::tid_x;
};

struct Program {
  std::vector<Instruction> code;
  std::size_t file_bytes = kRowUnit;  // of the rows of one warp
  std::vector<Literal> literals;
  std::vector<SpecialRow> specials;
  std::vector<Range> shared;   // static variables, as offsets
  Address dynamic_shared = 0;  // offset of what a launch adds
  std::vector<Range> local;
  std::vector<Range> variables;   // of the module
  std::shared_ptr<void> storage;  // of those variables
};

}  // namespace ptx
