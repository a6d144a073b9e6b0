// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "seqfeat/batch.hpp"

// What a batch and its outputs must be for the plan of a workspace. All throw InvalidArgument.

namespace seqfeat::detail {

/// The batch must fit the plan; T must fit only where rows are padded to it.
void check_capacity(const BatchSizes& need, const Plan& plan);

/// Layers with other columns need other sizes for the same capacity.
void check_plan(const Plan& got, const Plan& own);

/// An output that the plan has no room for must be null.
void check_planned(const Outputs& outputs, Emit planned);

}  // namespace seqfeat::detail
