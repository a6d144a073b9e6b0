// SPDX-License-Identifier: Apache-2.0
#include "arrow/offsets.hpp"

#include "backend/concat.hpp"
#include "pack/in_order.hpp"

namespace seqfeat::detail {
namespace {

/// The sums wrap. Where the last offset is none below the first, `in_order` of the sums tells
/// whether any did.
template <class T>
void rebase(const void* from, std::int64_t count, std::int64_t* to) noexcept {
  const auto shift = static_cast<std::uint64_t>(to[0]) -
                     static_cast<std::uint64_t>(std::int64_t{load<T>(from, 0)});
  constexpr std::int64_t kBlock = 16;  // of a fixed size, so that compilers take several at once
  const auto one = [&](std::int64_t i) {
    to[i] = static_cast<std::int64_t>(static_cast<std::uint64_t>(std::int64_t{load<T>(from, i)}) +
                                      shift);
  };
  std::int64_t i = 1;
  for (; i + kBlock <= count + 1; i += kBlock) {
    for (std::int64_t k = 0; k < kBlock; ++k) one(i + k);
  }
  for (; i <= count; ++i) one(i);
}

/// Finds the offset that is out of order, and says so.
[[noreturn]] void refuse_order(const RawOffsets& offsets, std::int64_t slot, const Place& place) {
  std::int64_t i = 1;
  while (i < offsets.count && offsets[i] >= offsets[i - 1]) ++i;
  place.refuse_at(slot + i - 1, concat("an Arrow offset goes down from ", offsets[i - 1], " to ",
                                       offsets[i], ", expected at least as much"));
}

void check_ends(const RawOffsets& offsets, std::int64_t most, std::int64_t slot,
                const Place& place) {
  if (offsets.first() < 0) {
    place.refuse_at(slot, concat("an Arrow offset is ", offsets.first(), ", expected at least 0"));
  }
  if (offsets.last() < offsets.first()) refuse_order(offsets, slot, place);
  if (offsets.last() > most) {
    place.refuse_at(slot + offsets.count - 1,
                    concat("an Arrow offset is ", offsets.last(), ", expected at most ", most,
                           ", the length of the child"));
  }
}

}  // namespace

bool is_aligned(const void* data, std::int64_t size) noexcept {
  return reinterpret_cast<std::uintptr_t>(data) % static_cast<std::uintptr_t>(size) == 0;
}

RawOffsets raw_offsets(const Run& run, bool wide, const Place& place) {
  const auto* const data = static_cast<const char*>(buffer(*run.array, 1, run.count, place));
  const std::int64_t size = wide ? sizeof(std::int64_t) : sizeof(std::int32_t);
  return {data + run.begin * size, wide, run.count};
}

void check_in_place(const RawOffsets& offsets, std::int64_t most, std::int64_t slot,
                    const Place& place) {
  check_ends(offsets, most, slot, place);
  if (!in_order(offsets.view())) refuse_order(offsets, slot, place);
}

void check_and_rebase(const RawOffsets& offsets, std::int64_t most, std::int64_t slot,
                      std::int64_t* to, const Place& place) {
  check_ends(offsets, most, slot, place);
  if (offsets.wide) {
    rebase<std::int64_t>(offsets.data, offsets.count, to);
  } else {
    rebase<std::int32_t>(offsets.data, offsets.count, to);
  }
  if (!in_order({to, offsets.count + 1, true})) refuse_order(offsets, slot, place);
}

void fill_steps(std::int64_t* to, std::int64_t count, std::int64_t step) noexcept {
  for (std::int64_t i = 1; i <= count; ++i) to[i] = to[0] + i * step;
}

}  // namespace seqfeat::detail
