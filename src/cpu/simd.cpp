// SPDX-License-Identifier: Apache-2.0
#include "cpu/simd.hpp"

#include <cstdlib>

#include "backend/concat.hpp"
#include "seqfeat/error.hpp"

namespace seqfeat::cpu {

std::string_view to_string(Simd simd) noexcept {
  return simd == Simd::avx512 ? "avx512" : "scalar";
}

bool available(Simd simd) noexcept {
  if (simd == Simd::scalar) return true;
#if defined(__x86_64__)
  return __builtin_cpu_supports("avx512f") != 0 && __builtin_cpu_supports("avx512dq") != 0 &&
         __builtin_cpu_supports("avx512bw") != 0 && __builtin_cpu_supports("avx512vl") != 0 &&
         __builtin_cpu_supports("avx512cd") != 0 && __builtin_cpu_supports("bmi2") != 0 &&
         __builtin_cpu_supports("popcnt") != 0;
#else
  return false;
#endif
}

Simd simd_from_environment() {
  const char* wanted = std::getenv("SEQFEAT_SIMD");
  if (wanted == nullptr || *wanted == '\0') {
    return available(Simd::avx512) ? Simd::avx512 : Simd::scalar;
  }
  for (const Simd simd : {Simd::scalar, Simd::avx512}) {
    if (wanted != to_string(simd)) continue;
    if (available(simd)) return simd;
    throw InvalidArgument(detail::concat("SEQFEAT_SIMD: got '", wanted,
                                         "', which this machine cannot run; unset it"));
  }
  throw InvalidArgument(
      detail::concat("SEQFEAT_SIMD: got '", wanted, "', expected 'scalar' or 'avx512'"));
}

Simd simd_in_use() {
  static const Simd simd = simd_from_environment();
  return simd;
}

}  // namespace seqfeat::cpu
