// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>

#include "backend/concat.hpp"
#include "seqfeat/crc32c.hpp"

// What the writer and the reader of summary files share.

namespace seqfeat::run {

inline constexpr const char* kSummaryForm = "inspect summary 1";

// Names of metadata.
inline constexpr const char* kSummaryFormKey = "seqfeat";
inline constexpr const char* kSummaryRows = "rows";
inline constexpr const char* kSummaryTokens = "exact_up_to";
inline constexpr const char* kSummaryBuckets = "most_buckets";
inline constexpr const char* kSummaryDType = "dtype/";
inline constexpr const char* kSummaryCrc = "crc32c";

// Names of tensors, all of them U64, with the feature's key behind.
inline constexpr const char* kSummaryNumbers = "numbers/";
inline constexpr const char* kSummaryFrequent = "frequent/";
inline constexpr const char* kSummarySizes = "sizes/";
inline constexpr const char* kSummaryRegisters = "registers/";
inline constexpr const char* kSummarySample = "sample/";

/// The tensors with the buckets of one size: `kind` is one of these.
inline constexpr const char* kSummaryBucketSample = "buckets/";
inline constexpr const char* kSummaryHeldBuckets = "held/";
[[nodiscard]] inline std::string summary_buckets(const char* kind, std::int64_t size,
                                                 const std::string& key) {
  return detail::concat(kind, size, '/', key);
}

// Places in `numbers`, before the lengths.
enum SummaryNumber : std::size_t { kSteps, kTokens, kLongest, kFloor, kHalvings, kLengths };

/// The checksum of all tensors in the order of their names, then of the metadata but itself.
template <class Tensors, class Metadata>
[[nodiscard]] std::string summary_checksum(const Tensors& tensors, const Metadata& metadata) {
  std::uint32_t crc = 0;
  for (const auto& [name, tensor] : tensors) {
    crc = crc32c(std::as_bytes(std::span(name)), crc);
    crc = crc32c(tensor.data, crc);
  }
  for (const auto& [key, value] : metadata) {
    if (key == kSummaryCrc) continue;
    const std::string line = detail::concat(key, '=', value, '\n');
    crc = crc32c(std::as_bytes(std::span(line)), crc);
  }
  return std::to_string(crc);
}

}  // namespace seqfeat::run
