// SPDX-License-Identifier: Apache-2.0
#include "cpu/combine_rows.hpp"

template void seqfeat::cpu::combine_from<float>(const detail::TableRule&, const StepIds&,
                                                std::int64_t, std::int64_t, Cells, std::int64_t);
