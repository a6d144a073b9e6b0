// SPDX-License-Identifier: Apache-2.0
#include "layer/plan_checks.hpp"

#include "backend/concat.hpp"
#include "seqfeat/error.hpp"

namespace seqfeat::detail {

void check_capacity(const BatchSizes& need, const Plan& plan) {
  const auto fit = [](const char* what, std::int64_t got, std::int64_t most) {
    if (got > most) {
      throw InvalidArgument(
          concat("capacity: the batch has ", got, " ", what, ", the plan is for ", most));
    }
  };
  fit("rows", need.rows, plan.capacity.rows);
  if (wants_padding(plan.emit)) {
    fit("steps in its longest row (T)", need.padded_steps, plan.capacity.padded_steps);
  }
  fit("steps", need.steps, plan.capacity.steps);
  fit("tokens", need.tokens, plan.capacity.tokens);
  fit("bytes", need.bytes, plan.capacity.bytes);
  fit("ids", need.ids, plan.capacity.ids);
}

void check_plan(const Plan& got, const Plan& own) {
  if (got.arena_bytes == own.arena_bytes && got.workspace_bytes == own.workspace_bytes) return;
  throw InvalidArgument(concat("workspace: its plan is another layer's: got an arena of ",
                               got.arena_bytes, " and a workspace of ", got.workspace_bytes,
                               " bytes, expected ", own.arena_bytes, " and ", own.workspace_bytes));
}

void check_planned(const Outputs& outputs, Emit planned) {
  const auto in_plan = [planned](const char* what, const void* output, Emit tensor) {
    if (output == nullptr || contains(planned, tensor)) return;
    throw InvalidArgument(concat("outputs: got ", what,
                                 ", which the workspace's plan is not for; name it in the plan: "
                                 "plan(capacity, emit)"));
  };
  in_plan("values", outputs.values, Emit::values_only);
  in_plan("mask", outputs.mask, Emit::mask);
  in_plan("ids", outputs.ids, Emit::ids);
  in_plan("ragged_values", outputs.ragged_values, Emit::ragged);
  in_plan("row_offsets", outputs.row_offsets, Emit::ragged);
}

}  // namespace seqfeat::detail
