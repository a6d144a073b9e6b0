// SPDX-License-Identifier: Apache-2.0
#include "cpu/combine_rows.hpp"

namespace seqfeat::cpu {

void combine_steps(const detail::TableRule& table, const StepIds& steps, std::int64_t step,
                   std::int64_t count, Cells out, std::int64_t pitch) {
  with_element(table.type,
               [&]<class In>(In) { combine_from<In>(table, steps, step, count, out, pitch); });
}

}  // namespace seqfeat::cpu
