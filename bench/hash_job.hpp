// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "bench/inputs.hpp"
#include "bench/workload.hpp"

// The free function `hash` as a job; ids are of type `Id` on the device.

namespace seqfeat::bench {

/// Not a power of two: the modulo is to be paid for.
inline constexpr std::int64_t kHashBuckets = 1'000'003;

template <class Id>
[[nodiscard]] Job hash_strings(Context& context, const Strings& strings);

/// The decimal text of `integers`.
template <class Id>
[[nodiscard]] Job hash_integers(Context& context, const std::vector<std::int64_t>& integers);

/// `hash_chained`: not the library's kernel, but its functions for one token. No string is longer
/// than kLongestChained.
[[nodiscard]] Job hash_strings_chained(Context& context, const Strings& strings);

extern template Job hash_strings<std::int32_t>(Context&, const Strings&);
extern template Job hash_strings<std::int64_t>(Context&, const Strings&);
extern template Job hash_integers<std::int32_t>(Context&, const std::vector<std::int64_t>&);

}  // namespace seqfeat::bench
