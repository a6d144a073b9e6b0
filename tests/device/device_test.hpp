// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cuda_runtime_api.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "seqfeat/error.hpp"
#include "tests/support/backends.hpp"

namespace seqfeat::test {

inline void check(cudaError_t error, const char* call) {
  if (error != cudaSuccess) throw CudaError(call, error);
}

/// Which share of their full sizes and rounds the tests take: 1 on a device, a little on the
/// emulator, unless SEQFEAT_DEVICE_TEST_SCALE says otherwise.
[[nodiscard]] inline double scale() {
#ifdef SEQFEAT_EMULATED
  constexpr double kDefault = 0.002;
#else
  constexpr double kDefault = 1;
#endif
  const char* const wanted = std::getenv("SEQFEAT_DEVICE_TEST_SCALE");
  return wanted != nullptr ? std::strtod(wanted, nullptr) : kDefault;
}

/// That share of `full`, but `least` at least.
[[nodiscard]] inline std::int64_t scaled(std::int64_t full, std::int64_t least) {
  return std::max<std::int64_t>(least, std::llround(static_cast<double>(full) * scale()));
}

/// A test that needs a device, which it skips without.
class DeviceTest : public testing::Test {
 protected:
  void SetUp() override {
    if (find() == nullptr) GTEST_SKIP() << "there is no CUDA device";
  }
  [[nodiscard]] static const Backend& backend() { return *find(); }

 private:
  [[nodiscard]] static const Backend* find() {
    for (const NamedBackend& named : every_backend()) {
      if (named.backend.on_device()) return &named.backend;
    }
    return nullptr;
  }
};

}  // namespace seqfeat::test
