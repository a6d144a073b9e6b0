// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <type_traits>

#include "cpu/ops.hpp"
#include "seqfeat/count.hpp"
#include "seqfeat/pad.hpp"

namespace seqfeat::cpu {
namespace {

/// The counts of buckets [first, first + buckets).
void count_buckets(const std::int64_t* ids, std::int64_t n, std::int64_t first,
                   std::int64_t buckets, float* counts) noexcept {
  std::fill_n(counts, buckets, 0.0F);
  for (std::int64_t i = 0; i < n; ++i) {
    if (!is_counted(ids[i], buckets, first)) continue;
    float& count = counts[ids[i] - first];
    count = add_count(count, 1);
  }
}

/// Counts a step's `n` ids. An output of float32 is counted in; one of halves, whose numbers end
/// too early, gets its counts from a buffer of float32, one part of the buckets after another.
template <class Out>
void count_step(const std::int64_t* ids, std::int64_t n, std::int64_t width, Out* out) noexcept {
  if constexpr (std::is_same_v<Out, float>) {
    count_buckets(ids, n, 0, width, out);
  } else {
    constexpr std::int64_t kAtOnce = 1024;
    std::array<float, kAtOnce> counts;
    for (std::int64_t first = 0; first < width; first += kAtOnce) {
      const std::int64_t buckets = std::min(kAtOnce, width - first);
      count_buckets(ids, n, first, buckets, counts.data());
      std::transform(counts.data(), counts.data() + buckets, out + first, rounded<Out>);
    }
  }
}

}  // namespace

void count_steps(const RaggedView& view, const std::int64_t* ids, std::int64_t width,
                 std::int64_t step, std::int64_t count, Cells out, std::int64_t pitch) {
  with_element(out.type, [&]<class Out>(Out) {
    auto* to = static_cast<Out*>(out.data);
    for (std::int64_t s = step; s < step + count; ++s, to += pitch) {
      const StepRange values = values_of_step(view, s);
      count_step(ids + values.begin, values.count, width, to);
    }
  });
}

}  // namespace seqfeat::cpu
