// SPDX-License-Identifier: Apache-2.0
#include "seqfeat/numeric.hpp"

#include "cpu/ops.hpp"
#include "seqfeat/pad.hpp"

namespace seqfeat::cpu {

void write_numbers(const detail::ColumnData& column, const RaggedView& view, std::int64_t step,
                   std::int64_t count, Cells out, std::int64_t pitch) {
  with_element(out.type, [&]<class Out>(Out) {
    auto* to = static_cast<Out*>(out.data);
    for (std::int64_t s = step; s < step + count; ++s, to += pitch) {
      const StepRange values = values_of_step(view, s);
      for (std::int64_t d = 0; d < column.width; ++d) {
        to[d] = rounded<Out>(number_of_step(view, values, d, column.fill));
      }
    }
  });
}

void fill_numbers(const detail::ColumnData& column, std::int64_t count, Cells out,
                  std::int64_t pitch) {
  with_element(out.type, [&]<class Out>(Out) {
    auto* to = static_cast<Out*>(out.data);
    for (std::int64_t s = 0; s < count; ++s, to += pitch) {
      std::fill_n(to, column.width, rounded<Out>(column.fill));
    }
  });
}

}  // namespace seqfeat::cpu
