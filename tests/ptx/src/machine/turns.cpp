// SPDX-License-Identifier: Apache-2.0
#include "machine/turns.hpp"

#include <algorithm>
#include <bit>
#include <numeric>

namespace ptx {

std::vector<unsigned> Turns::sequence(unsigned count) {
  std::vector<unsigned> numbers(count);
  std::iota(numbers.begin(), numbers.end(), 0U);
  if (kind_ == Order::Kind::descending) {
    std::reverse(numbers.begin(), numbers.end());
  } else if (kind_ == Order::Kind::random) {
    std::shuffle(numbers.begin(), numbers.end(), random_);
  }
  return numbers;
}

std::size_t Turns::next(const std::vector<Group>& ready) {
  if (kind_ == Order::Kind::random) {
    return static_cast<std::size_t>(random_() % ready.size());
  }
  const auto best =
      ascending()
          ? std::min_element(ready.begin(), ready.end(),
                             [](const Group& a, const Group& b) { return a.pc < b.pc; })
          : std::max_element(ready.begin(), ready.end(),
                             [](const Group& a, const Group& b) { return a.lanes < b.lanes; });
  return static_cast<std::size_t>(best - ready.begin());
}

Group Turns::take(std::vector<Group>& ready) {
  Group group{ready[ready.size() == 1 ? 0 : next(ready)].pc, 0};
  std::erase_if(ready, [&](const Group& other) {
    const bool together = other.pc == group.pc;
    group.lanes |= together ? other.lanes : 0;
    return together;
  });
  return group;
}

Lanes Turns::ahead(Lanes lanes) {
  Lanes part = lanes;
  if (kind_ == Order::Kind::random) {
    part &= static_cast<Lanes>(random_());
  } else if (kind_ == Order::Kind::descending) {
    for (int left = std::popcount(lanes) / 2; left > 0; --left) {
      part &= part - 1;  // drops the lowest lane
    }
  }
  return part == 0 ? lanes : part;
}

bool Turns::change() {
  return kind_ == Order::Kind::random && random_() % 4 == 0;
}

}  // namespace ptx
