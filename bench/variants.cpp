// SPDX-License-Identifier: Apache-2.0
#include "bench/variants.hpp"

#include <utility>

#include "backend/concat.hpp"

namespace seqfeat::bench {

std::string name_of(const Variant& variant) {
  return detail::concat(detail::knobs()[static_cast<std::size_t>(variant.knob)].name, "=",
                        variant.value);
}

std::vector<Baseline> variants_of(const Candidate& candidate, std::span<const Variant> variants) {
  std::vector<Baseline> baselines;
  for (const Variant& variant : variants) {
    if (variant.value == detail::tuned(variant.knob)) continue;  // that is ours
    Candidate other = candidate;
    other.launch = [variant, launch = candidate.launch](std::int64_t i) {
      const detail::Tuned scope(variant.knob, variant.value);
      launch(i);
    };
    baselines.push_back({name_of(variant), std::move(other)});
  }
  return baselines;
}

}  // namespace seqfeat::bench
