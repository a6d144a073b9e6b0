// SPDX-License-Identifier: Apache-2.0
#include "cuda/validate.cuh"

#include "cuda/kernels.hpp"

// Features that come from a device were never seen by the host: their faults go to the
// status word in the batch's header.

namespace seqfeat::cuda {
namespace {

__global__ void __launch_bounds__(kThreads) validate_kernel(const RowChecks checks) {
  check_rows(checks, blockIdx.x);
}

__global__ void __launch_bounds__(kThreads) validate_weights_kernel(const RowChecks checks) {
  check_row_weights(checks, blockIdx.x);
}

}  // namespace

void load_validate_kernels() {
  load_kernel(validate_kernel);
  load_kernel(validate_weights_kernel);
}

void enqueue_validate(const detail::LayerArgs& args, Stream stream) {
  const RowChecks checks(args);
  launch("validate_kernel", validate_kernel, {checks.blocks}, stream, checks);
}

void enqueue_validate_weights(const detail::LayerArgs& args, Stream stream) {
  const RowChecks checks(args);
  launch("validate_weights_kernel", validate_weights_kernel, {checks.blocks}, stream, checks);
}

}  // namespace seqfeat::cuda
