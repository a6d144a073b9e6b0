// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "backend/ops.hpp"
#include "cuda/port.cuh"

namespace seqfeat::cuda {

/// Reports faults of one column's row; the smallest word of all stays.
class Report {
 public:
  __device__ Report(std::uint64_t* status, std::int64_t column, std::int64_t row)
      : status_(reinterpret_cast<unsigned long long*>(status)), column_(column), row_(row) {}

  __device__ void operator()(std::int64_t step, detail::Fault fault) const {
    atomicMin(status_,
              static_cast<unsigned long long>(detail::status_word(column_, row_, step, fault)));
  }

 private:
  unsigned long long* status_;
  std::int64_t column_;
  std::int64_t row_;
};

}  // namespace seqfeat::cuda
