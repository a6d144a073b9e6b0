// SPDX-License-Identifier: Apache-2.0
// Every load and store comes through here: alignment, bounds, what may be written, and the results
// of earlier kernels that a thread has not waited for.
#include <sstream>

#include "machine/warp.hpp"

namespace ptx {
namespace {

std::string hex(Address address) {
  std::ostringstream text;
  text << "0x" << std::hex << address;
  return text.str();
}

std::string text_of(const Access& access) {
  return std::string(access.write ? "writes " : "reads ") + std::to_string(access.size) +
         (access.size == 1 ? " byte at " : " bytes at ") + name(access.space) + " address " +
         hex(access.address);
}

Space space_of(Address generic) {
  if (generic < kSharedWindow) {
    return Space::global;
  }
  if (generic < kLocalWindow) {
    return Space::shared;
  }
  return generic < kParamWindow ? Space::local : Space::param;
}

}  // namespace

Range Warp::permitted(const Instruction& in, unsigned lane, const Access& access) const {
  const Address generic = access.address + window(access.space);
  const Space space = space_of(generic);
  const bool constant = access.space == Space::constant;
  if (access.space != Space::generic && space != (constant ? Space::global : access.space)) {
    fault(in, lane,
          text_of(access) + ", which is an address of " + name(space) +
              " memory; expected an address of the space that the instruction names");
  }
  const Range range = machine_.find(generic);
  if (range.end == range.begin) {
    fault(in, lane,
          text_of(access) +
              "; expected an address in a live allocation or a variable, got one of "
              "neither");
  }
  if (!range.holds(generic, access.size)) {
    fault(in, lane,
          text_of(access) + ", of which the last lie outside; expected all within the " +
              std::to_string(range.end - range.begin) + " bytes from " +
              hex(range.begin - window(access.space)));
  }
  if (range.writable ? constant : access.write) {
    fault(in, lane,
          text_of(access) + (constant ? "; expected a variable in constant memory"
                                      : ", which kernels may not write; expected a writable one"));
  }
  return range;
}

void Warp::check_pending(const Instruction& in, unsigned lane, const Access& access) const {
  const Pending& pending = *machine_.launch().pending;
  if ((waited >> lane & 1) == 0 && pending.until_wait.overlaps(access.address, access.size)) {
    fault(in, lane,
          text_of(access) +
              ", which the kernel before this one writes; expected a "
              "griddepcontrol.wait of this thread first");
  }
  if (pending.throughout.overlaps(access.address, access.size)) {
    fault(in, lane,
          text_of(access) +
              ", which a kernel writes that may still run: the kernel after it did "
              "not wait for it; expected every kernel in between to execute "
              "griddepcontrol.wait");
  }
}

std::byte* Warp::locate(const Instruction& in, unsigned lane, const Access& access) {
  if (access.address % access.size != 0) {
    fault(in, lane, text_of(access) + "; expected a multiple of " + std::to_string(access.size));
  }
  const Address generic = access.address + window(access.space);
  Range& recent = machine_.recent(pc(in));
  if (!recent.holds(generic, access.size)) {
    recent = permitted(in, lane, access);
  }
  if (generic < kSharedWindow) {
    if (machine_.launch().pending != nullptr) {
      check_pending(in, lane, access);
    }
    if (access.write && machine_.launch().written != nullptr) {
      machine_.launch().written->add(generic, access.size);
    }
    return reinterpret_cast<std::byte*>(generic);
  }
  const std::size_t offset = generic % kWindowBytes;
  switch (space_of(generic)) {
    case Space::shared:
      return shared_ + offset;
    case Space::local:
      return local_.data() + machine_.local_bytes() * lane + offset;
    default:
      return const_cast<std::byte*>(machine_.launch().parameters.data()) + offset;
  }
}

}  // namespace ptx
