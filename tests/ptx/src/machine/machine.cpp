// SPDX-License-Identifier: Apache-2.0
#include "machine/machine.hpp"

#include <algorithm>

namespace ptx {
namespace {

/// The range of `ranges` that holds `address`, or an empty one.
Range holding(const std::vector<Range>& ranges, Address address) {
  const auto found = std::find_if(ranges.begin(), ranges.end(), [&](const Range& range) {
    return address >= range.begin && address < range.end;
  });
  return found == ranges.end() ? Range{} : *found;
}

std::size_t end_of(const std::vector<Range>& ranges) {
  return ranges.empty() ? 0 : static_cast<std::size_t>(ranges.back().end);
}

}  // namespace

Machine::Machine(const Kernel& kernel, const Launch& launch)
    : kernel_(kernel),
      launch_(launch),
      program_(*kernel.program),
      turns_(launch.order),
      recent_(program_.code.size()),
      shared_bytes_(static_cast<std::size_t>(program_.dynamic_shared) + launch.dynamic_shared),
      local_bytes_((end_of(program_.local) + 15) / 16 * 16) {
  for (const Range& range : program_.shared) {
    windows_.push_back({kSharedWindow + range.begin, kSharedWindow + range.end, true});
  }
  const Address dynamic = kSharedWindow + program_.dynamic_shared;
  windows_.push_back({dynamic, dynamic + launch.dynamic_shared, true});
  for (const Range& range : program_.local) {
    windows_.push_back({kLocalWindow + range.begin, kLocalWindow + range.end, true});
  }
  windows_.push_back({kParamWindow, kParamWindow + kernel.parameter_bytes, false});
}

Range Machine::find(Address generic) const {
  if (generic >= kSharedWindow) {
    return holding(windows_, generic);
  }
  const Range variable = holding(program_.variables, generic);
  if (variable.end != 0 || launch_.memory == nullptr) {
    return variable;
  }
  return launch_.memory->allocation(generic);
}

}  // namespace ptx
