// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace seqfeat::run {

/// Counts distinct tokens in 64 KiB, with a standard error of 1.04 / 256 = 0.41 %.
///
/// Flajolet, Fusy, Gandouet, Meunier, "HyperLogLog", AofA 2007. The estimate is the one of Ertl,
/// "New cardinality estimation algorithms for HyperLogLog sketches", arXiv:1702.01284, algorithm 6:
/// it is unbiased over the whole range and needs no tables.
class HyperLogLog {
 public:
  static constexpr unsigned kIndexBits = 16;
  static constexpr std::size_t kRegisters = std::size_t{1} << kIndexBits;
  static constexpr std::uint8_t kLargest = 64 - kIndexBits + 1;

  /// The standard error of an estimate, as a part of it.
  static constexpr double kError = 1.04 / 256;

  HyperLogLog() : registers_(kRegisters) {}

  void add(std::uint64_t fingerprint) noexcept;

  /// Adds another part of the data: its registers, of which none is above kLargest.
  void merge(std::span<const std::uint8_t> registers) noexcept;

  [[nodiscard]] double estimate() const;
  [[nodiscard]] std::span<const std::uint8_t> registers() const noexcept { return registers_; }

 private:
  std::vector<std::uint8_t> registers_;
};

}  // namespace seqfeat::run
