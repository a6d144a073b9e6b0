// SPDX-License-Identifier: Apache-2.0
#include "machine/warp.hpp"

#include <algorithm>

namespace ptx {
namespace {

// Registers and local memory that nothing was written to: values that no kernel expects.
constexpr std::byte kPoison{0xA5};
constexpr std::byte kLocalPoison{0xFF};

}  // namespace

Warp::Warp(Machine& machine, unsigned number, std::byte* shared)
    : machine_(machine),
      number_(number),
      lanes_(std::min(kWarp, machine.launch().block.x - number * kWarp)),
      shared_(shared),
      registers_(machine.program().file_bytes + kRowUnit, kPoison),
      local_(machine.local_bytes() * kWarp) {
  skew_ = (kRowUnit - reinterpret_cast<std::uintptr_t>(registers_.data()) % kRowUnit) % kRowUnit;
  for (const Literal& literal : machine.program().literals) {
    for (unsigned lane = 0; lane < kWarp; ++lane) {
      write(literal.row, lane, literal.value);
    }
  }
}

void Warp::start(unsigned block) {
  block_ = block;
  waited = 0;
  copies.clear();
  copy_groups.fill(0);
  for (const SpecialRow& row : machine_.program().specials) {
    for (unsigned lane = 0; lane < kWarp; ++lane) {
      write(row.row, lane, special(row.what, lane));
    }
  }
  std::fill(local_.begin(), local_.end(), kLocalPoison);
}

std::uint64_t Warp::special(Special what, unsigned lane) const {
  const Lanes self = Lanes{1} << lane;
  switch (what) {
    case Special::tid_x:
      return number_ * kWarp + lane;
    case Special::ntid_x:
      return machine_.launch().block.x;
    case Special::ctaid_x:
      return block_;
    case Special::nctaid_x:
      return machine_.launch().grid.x;
    case Special::tid_y:
    case Special::tid_z:
    case Special::ctaid_y:
    case Special::ctaid_z:
      return 0;
    case Special::ntid_y:
    case Special::ntid_z:
    case Special::nctaid_y:
    case Special::nctaid_z:
      return 1;
    case Special::laneid:
      return lane;
    case Special::lanemask_eq:
      return self;
    case Special::lanemask_lt:
      return self - 1;
    case Special::lanemask_le:
      return self | (self - 1);
    case Special::lanemask_ge:
      return ~(self - 1);
    case Special::lanemask_gt:
      return ~(self | (self - 1));
  }
  return 0;
}

std::uint32_t Warp::pc(const Instruction& in) const {
  return static_cast<std::uint32_t>(&in - machine_.program().code.data());
}

void Warp::fault(const Instruction& in, unsigned lane, const std::string& what) const {
  const SourceLine& source = machine_.kernel().instructions[pc(in)];
  throw Fault("kernel " + machine_.kernel().name + ", PTX line " + std::to_string(source.line) +
              ", `" + source.text + "`, block " + std::to_string(block_) + ", thread " +
              std::to_string(number_ * kWarp + lane) + " (warp " + std::to_string(number_) +
              ", lane " + std::to_string(lane) + "): " + what);
}

}  // namespace ptx
