// SPDX-License-Identifier: Apache-2.0
// What an instruction sees of its warp: registers, memory, and the way to say what went wrong.
#pragma once

#include <bit>
#include <cstring>
#include <string>
#include <vector>

#include "machine/machine.hpp"

namespace ptx {

/// Calls `use(lane)` for each lane of the set.
template <class Use>
void for_each_lane(Lanes lanes, Use use) {
  for (; lanes != 0; lanes &= lanes - 1) {
    use(static_cast<unsigned>(std::countr_zero(lanes)));
  }
}

/// One access of one lane.
struct Access {
  Space space = Space::generic;
  Address address = 0;
  std::size_t size = 0;
  bool write = false;
};

/// A cp.async on its way: its bytes arrive when its thread waits for them.
struct AsyncCopy {
  unsigned lane = 0;
  std::uint32_t group = 0;
  std::byte* to = nullptr;
  const std::byte* from = nullptr;
  std::size_t size = 0;
  std::size_t from_source = 0;  // the rest is zeros
};

class Warp {
 public:
  Warp(Machine& machine, unsigned number, std::byte* shared);
  /// Starts the warp's threads in a block: literals, special registers, poison in local memory.
  void start(unsigned block);

  /// All lanes of a register, as unsigned integers of the register's width.
  template <class Word>
  [[nodiscard]] Word* row(Row row) {
    return reinterpret_cast<Word*>(file() + row.offset);
  }
  [[nodiscard]] Lanes& predicate(Row row) { return *this->row<Lanes>(row); }
  /// One lane of a register of any width.
  [[nodiscard]] std::uint64_t read(Row row, unsigned lane);
  void write(Row row, unsigned lane, std::uint64_t value);

  /// Where the bytes of an access are. An access that breaks a rule is a fault.
  [[nodiscard]] std::byte* locate(const Instruction& in, unsigned lane, const Access& access);
  [[noreturn]] void fault(const Instruction& in, unsigned lane, const std::string& what) const;

  [[nodiscard]] Machine& machine() { return machine_; }
  [[nodiscard]] unsigned lanes() const { return lanes_; }
  [[nodiscard]] std::uint32_t pc(const Instruction& in) const;

  Lanes waited = 0;  // lanes that executed griddepcontrol.wait
  std::vector<AsyncCopy> copies;
  std::array<std::uint32_t, kWarp> copy_groups{};  // committed so far

 private:
  [[nodiscard]] std::byte* file() { return registers_.data() + skew_; }
  [[nodiscard]] const std::byte* file() const { return registers_.data() + skew_; }
  [[nodiscard]] std::uint64_t special(Special what, unsigned lane) const;
  [[nodiscard]] Range permitted(const Instruction& in, unsigned lane, const Access& access) const;
  void check_pending(const Instruction& in, unsigned lane, const Access& access) const;

  Machine& machine_;
  unsigned number_;  // in the block
  unsigned lanes_;   // fewer than 32 in a block's last warp
  unsigned block_ = 0;
  std::byte* shared_;
  std::vector<std::byte> registers_;
  std::size_t skew_ = 0;  // to the first address that is a multiple of a cache line
  std::vector<std::byte> local_;
};

inline std::uint64_t Warp::read(Row row, unsigned lane) {
  switch (row.width) {
    case 0:
      return predicate(row) >> lane & 1;
    case 2:
      return this->row<std::uint16_t>(row)[lane];
    case 4:
      return this->row<std::uint32_t>(row)[lane];
    default:
      return this->row<std::uint64_t>(row)[lane];
  }
}

inline void Warp::write(Row row, unsigned lane, std::uint64_t value) {
  switch (row.width) {
    case 0:
      predicate(row) = (predicate(row) & ~(Lanes{1} << lane)) | static_cast<Lanes>(value & 1)
                                                                    << lane;
      break;
    case 2:
      this->row<std::uint16_t>(row)[lane] = static_cast<std::uint16_t>(value);
      break;
    case 4:
      this->row<std::uint32_t>(row)[lane] = static_cast<std::uint32_t>(value);
      break;
    default:
      this->row<std::uint64_t>(row)[lane] = value;
  }
}

}  // namespace ptx
