// SPDX-License-Identifier: Apache-2.0
#include "backend/simd.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdlib>

#include "backend/concat.hpp"
#include "seqfeat/error.hpp"

namespace seqfeat::detail {
namespace {

constexpr std::array kAll{Simd::scalar, Simd::sse42, Simd::avx2, Simd::avx512};
constexpr std::array<std::string_view, kAll.size()> kNames{"scalar", "sse4.2", "avx2", "avx512"};
constexpr std::array<std::string_view, kParts> kPartNames{"hashing", "parsing", "checking",
                                                          "crc32c",  "copying", "rows"};

/// Code of a part for vectors, and whether this machine has what it needs beside them.
struct Way {
  Part part;
  Simd simd;
  bool runs = true;
};

#if defined(__x86_64__)
#define SEQFEAT_HAS(name) (__builtin_cpu_supports(name) != 0)

const auto& ways() {
  static const std::array kWays{
      Way{Part::hashing, Simd::avx2},  // the texts of integers
      Way{Part::hashing, Simd::avx512},
      Way{Part::parsing, Simd::avx512, SEQFEAT_HAS("avx512vbmi") && SEQFEAT_HAS("avx512vbmi2")},
      Way{Part::checking, Simd::avx2},
      Way{Part::crc32c, Simd::sse42},
      Way{Part::crc32c, Simd::avx512,
          SEQFEAT_HAS("avx512vbmi") && SEQFEAT_HAS("vpclmulqdq") && SEQFEAT_HAS("pclmul")},
      Way{Part::copying, Simd::avx2},
      Way{Part::rows, Simd::avx2},
      Way{Part::rows, Simd::avx512}};
  return kWays;
}
#else
constexpr std::array<Way, 0> ways() {
  return {};
}
#endif

Simd simd_from_environment() {
  const char* wanted =
      std::getenv("SEQFEAT_SIMD");  // NOLINT(concurrency-mt-unsafe): nobody sets it
  if (wanted == nullptr || *wanted == '\0') return widest();
  for (const Simd simd : kAll) {
    if (wanted != to_string(simd)) continue;
    if (available(simd)) return simd;
    throw InvalidArgument(
        concat("SEQFEAT_SIMD: got '", wanted, "', which this machine cannot run; unset it"));
  }
  throw InvalidArgument(
      concat("SEQFEAT_SIMD: got '", wanted, "', expected 'scalar', 'sse4.2', 'avx2' or 'avx512'"));
}

std::array<Simd, kParts> widest_of_parts() noexcept {
  std::array<Simd, kParts> found{};
  try {
    for (const Way& way : ways()) {
      Simd& simd = found.at(static_cast<std::size_t>(way.part));
      if (way.runs && way.simd <= simd_in_use()) simd = std::max(simd, way.simd);
    }
  } catch (const InvalidArgument&) {  // whoever can refuse to work has said so
  }
  return found;
}

}  // namespace

std::string_view to_string(Simd simd) noexcept {
  return kNames[static_cast<std::size_t>(simd)];
}

std::string_view to_string(Part part) noexcept {
  return kPartNames[static_cast<std::size_t>(part)];
}

bool available([[maybe_unused]] Simd simd) noexcept {
#if defined(__x86_64__)
  switch (simd) {
    case Simd::scalar:
      return true;
    case Simd::sse42:
      return SEQFEAT_HAS("sse4.2");
    case Simd::avx2:
      return SEQFEAT_HAS("avx2") && available(Simd::sse42);
    case Simd::avx512:
      return SEQFEAT_HAS("avx512f") && SEQFEAT_HAS("avx512dq") && SEQFEAT_HAS("avx512bw") &&
             SEQFEAT_HAS("avx512vl") && SEQFEAT_HAS("avx512cd") && SEQFEAT_HAS("bmi") &&
             SEQFEAT_HAS("bmi2") && SEQFEAT_HAS("popcnt") && available(Simd::avx2);
  }
#endif
  return simd == Simd::scalar;
}

Simd widest() noexcept {
  return *std::find_if(kAll.rbegin(), kAll.rend(), available);
}

Simd simd_in_use() {
  static const Simd kSimd = simd_from_environment();
  return kSimd;
}

Simd in_use(Part part) noexcept {
  static const std::array kFound = widest_of_parts();
  return kFound[static_cast<std::size_t>(part)];
}

}  // namespace seqfeat::detail
