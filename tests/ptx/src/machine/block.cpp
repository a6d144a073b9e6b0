// SPDX-License-Identifier: Apache-2.0
#include "machine/block.hpp"

#include <algorithm>

#include "ops/barriers.hpp"

namespace ptx {
namespace {

// Shared memory that nothing was written to.
constexpr std::byte kPoison{0xFF};
constexpr std::size_t kAlignment = 128;

}  // namespace

Block::Block(Machine& machine) : machine_(machine), shared_(machine.shared_bytes() + kAlignment) {
  std::byte* const start =
      shared_.data() +
      (kAlignment - reinterpret_cast<std::uintptr_t>(shared_.data()) % kAlignment) % kAlignment;
  const unsigned count = (machine.launch().block.x + kWarp - 1) / kWarp;
  for (unsigned number = 0; number < count; ++number) {
    warps_.push_back(std::make_unique<Schedule>(machine, number, start));
  }
}

void Block::run(unsigned number) {
  std::fill(shared_.begin(), shared_.end(), kPoison);
  for (const auto& warp : warps_) {
    warp->start(number);
  }
  do {
    for (const unsigned next : machine_.turns().sequence(static_cast<unsigned>(warps_.size()))) {
      warps_[next]->run();
    }
  } while (cross_barrier());
}

// Threads that have left do not take part. False when all have.
bool Block::cross_barrier() {
  std::vector<Arrival> arrivals;
  for (const auto& warp : warps_) {
    if (const auto party = warp->at_barrier()) {
      arrivals.push_back({&warp->warp(), *party});
    }
  }
  if (arrivals.empty()) {
    return false;
  }
  cross(arrivals);
  for (const auto& warp : warps_) {
    warp->leave_barrier();
  }
  return true;
}

}  // namespace ptx
