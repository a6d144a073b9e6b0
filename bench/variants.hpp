// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "backend/tuning.hpp"
#include "bench/workload.hpp"

namespace seqfeat::bench {

/// Another schedule of the same work.
struct Variant {
  detail::Knob knob;
  std::int64_t value = 0;
};

/// The launch under each variant as a baseline of its own. A knob counts while work is enqueued.
[[nodiscard]] std::vector<Baseline> variants_of(const Candidate& candidate,
                                                std::span<const Variant> variants);
/// The name of a variant among baselines.
[[nodiscard]] std::string name_of(const Variant& variant);

}  // namespace seqfeat::bench
