// SPDX-License-Identifier: Apache-2.0
#include "engine.hpp"
#include "sanitizers.hpp"

namespace simt {
namespace {

/// A fence's edges: from every lane to the last arriver, from there to every lane.
void order_lanes(const Warp& warp, std::uint32_t live) {
  for (std::uint32_t rest = live; rest; rest &= rest - 1) {
    tsan_acquire(edge_out(warp.lanes[__builtin_ctz(rest)]));
  }
  for (std::uint32_t rest = live; rest; rest &= rest - 1) {
    tsan_release(edge_in(warp.lanes[__builtin_ctz(rest)]));
  }
}

void check_agreement(const Lane& first, const Lane& other) {
  if (first.mask == other.mask && first.body == other.body) return;
  fail(
      "divergent warp collective: lane %d is in %s (%s:%d) with mask 0x%08x, lane %d in %s (%s:%d) "
      "with mask 0x%08x",
      first.lane_id, first.site.what, first.site.file, first.site.line, first.mask, other.lane_id,
      other.site.what, other.site.file, other.site.line, other.mask);
}

}  // namespace

bool try_collective(Warp& warp, std::uint32_t mask) {
  const std::uint32_t live = warp.live(mask);
  if (!live || (warp.waiting & live) != live) return false;
  const Lane& first = warp.lanes[__builtin_ctz(live)];
  for (std::uint32_t rest = live & (live - 1); rest; rest &= rest - 1) {
    check_agreement(first, warp.lanes[__builtin_ctz(rest)]);
  }
  ++counts.collectives;
  first.body(warp.exchanges, live);
  if (first.body == exchange_nothing) order_lanes(warp, live);
  warp.waiting &= ~live;
  for (std::uint32_t rest = live; rest; rest &= rest - 1) {
    Lane* lane = &warp.lanes[__builtin_ctz(rest)];
    if (lane != engine.current) engine.ready.push(lane);
  }
  return true;
}

std::uint64_t collective(std::uint32_t mask, CollectiveBody body, std::uint64_t in,
                         std::uint64_t aux, Ordering ordering, CallSite site) {
  Lane* lane = engine.current;
  if (!lane) fail("%s (%s:%d) outside a kernel", site.what, site.file, site.line);
  if (!(mask >> lane->lane_id & 1)) {
    fail("%s (%s:%d): the calling lane %d is not in its mask 0x%08x", site.what, site.file,
         site.line, lane->lane_id, mask);
  }
  Warp& warp = *lane->warp;
  Exchange& exchange = warp.exchanges[lane->lane_id];
  exchange.in = in;
  exchange.aux = aux;
  lane->mask = mask;
  lane->body = body;
  lane->site = site;
  lane->state = Lane::State::in_collective;
  warp.waiting |= 1u << lane->lane_id;
  if (ordering == Ordering::memory) tsan_release(edge_out(*lane));
  if (try_collective(warp, mask)) {
    lane->state = Lane::State::running;
  } else {
    park();
  }
  if (ordering == Ordering::memory) tsan_acquire(edge_in(*lane));
  return exchange.out;
}

void complete_for_exited(Lane& exited) {
  // The exited lane can be the one that others were waiting for.
  Warp& warp = *exited.warp;
  for (std::uint32_t rest = warp.waiting; rest;) {
    const std::uint32_t mask = warp.lanes[__builtin_ctz(rest)].mask;
    rest = try_collective(warp, mask) ? warp.waiting : rest & ~mask;
  }
  try_barrier();
}

void exchange_nothing(Exchange*, std::uint32_t) {}

void exchange_shuffle(Exchange* warp, std::uint32_t live) {
  for (std::uint32_t rest = live; rest; rest &= rest - 1) {
    const int lane = __builtin_ctz(rest);
    const auto source = static_cast<unsigned>(warp[lane].aux);
    if (source >= kWarpLanes || !(live >> source & 1)) {
      fail("shuffle: lane %d reads lane %d, which is not among the live lanes 0x%08x of its mask",
           lane, static_cast<int>(source), live);
    }
    warp[lane].out = warp[source].in;
  }
}

void exchange_ballot(Exchange* warp, std::uint32_t live) {
  std::uint32_t votes = 0;
  for (std::uint32_t rest = live; rest; rest &= rest - 1) {
    const int lane = __builtin_ctz(rest);
    if (warp[lane].in) votes |= 1u << lane;
  }
  for (std::uint32_t rest = live; rest; rest &= rest - 1) warp[__builtin_ctz(rest)].out = votes;
}

void exchange_match_any(Exchange* warp, std::uint32_t live) {
  for (std::uint32_t rest = live; rest; rest &= rest - 1) {
    Exchange& lane = warp[__builtin_ctz(rest)];
    std::uint32_t equal = 0;
    for (std::uint32_t others = live; others; others &= others - 1) {
      const int other = __builtin_ctz(others);
      if (warp[other].in == lane.in) equal |= 1u << other;
    }
    lane.out = equal;
  }
}

}  // namespace simt
