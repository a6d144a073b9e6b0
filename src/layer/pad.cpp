// SPDX-License-Identifier: Apache-2.0
#include "seqfeat/pad.hpp"

#include <algorithm>

#include "backend/concat.hpp"
#include "backend/host_memory.hpp"
#include "backend/sizes.hpp"
#include "seqfeat/error.hpp"

namespace seqfeat {

using detail::concat;

std::int64_t padded_steps(const LayerOptions& options, std::int64_t longest) {
  const std::int64_t steps =
      options.padding == Padding::max_length ? options.max_length.value_or(longest) : longest;
  const auto rounded = detail::round_up(steps, options.pad_to_multiple_of);
  if (!rounded) {
    throw InvalidArgument(concat("pad_to_multiple_of: rounding ", steps,
                                 " steps up to a multiple of ", options.pad_to_multiple_of,
                                 " overflows int64"));
  }
  return *rounded;
}

std::vector<std::uint8_t> sequence_mask(std::span<const std::int64_t> lengths,
                                        std::optional<std::int64_t> maxlen) {
  if (maxlen && *maxlen < 0) {
    throw InvalidArgument(concat("maxlen: got ", *maxlen, ", expected at least 0"));
  }
  std::int64_t width = maxlen.value_or(0);
  if (!maxlen) {
    for (const std::int64_t length : lengths) width = std::max(width, length);
  }
  const auto rows = static_cast<std::int64_t>(lengths.size());
  const auto cells = detail::product({rows, width});
  const std::string shape = concat("mask [", rows, ", ", width, "]");
  if (!cells) throw InvalidArgument(concat(shape, " overflows int64"));
  detail::require_host_memory(*cells, shape);

  std::vector<std::uint8_t> mask(static_cast<std::size_t>(*cells));
  for (std::size_t row = 0; row < lengths.size(); ++row) {
    const auto ones = std::clamp<std::int64_t>(lengths[row], 0, width);
    std::fill_n(mask.begin() + static_cast<std::ptrdiff_t>(row) * width, ones, std::uint8_t{1});
  }
  return mask;
}

}  // namespace seqfeat
