// SPDX-License-Identifier: Apache-2.0
// Runs a few lines of PTX and gives back what each thread stored.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "ptx/launch.hpp"

namespace ptx_test {

/// Memory of exact size that kernels may use.
class Heap : public ptx::Memory {
 public:
  [[nodiscard]] ptx::Range allocation(ptx::Address address) const override;
  void add(const void* start, std::size_t bytes, bool writable = true);

 private:
  std::vector<ptx::Range> ranges_;
};

/// A kernel around the lines `body`. At its start %r0 is the number of the thread in the grid, %t
/// the number in its block, %in the address of the input, and %out the address of the thread's
/// result, of 4 bytes. Free for use: %p0 to %p7, %h0 to %h7 (16 bits), %r1 to %r31, %d0 to %d15 (64
/// bits), %f0 to %f7. `top` stands before the kernel, for variables of the module.
struct Snippet {
  explicit Snippet(std::string lines) : body(std::move(lines)) {}

  std::string body;
  std::string top;
  std::string declarations;
  unsigned threads = 32;
  unsigned blocks = 1;
  std::size_t dynamic_shared = 0;
  ptx::Order order;
  std::vector<std::uint32_t> input;
  const ptx::Pending* pending = nullptr;
  ptx::Written* written = nullptr;
  std::uint64_t most_steps = 100'000;

  ptx::Outcome outcome;  // of the last run

  /// The results of all threads; `untouched` where a thread stored none.
  std::vector<std::uint32_t> run();
  /// The text of the fault in which a run ends; empty if it ends in none.
  std::string fault();
  /// Where the result of the first thread lies in the next run.
  [[nodiscard]] ptx::Address out();

  static constexpr std::uint32_t untouched = 0xCDCDCDCD;

 private:
  std::vector<std::uint32_t> results_;
};

/// The text of the kernel.
std::string text_of(const Snippet& snippet);

/// All three orders, random with several seeds.
std::vector<ptx::Order> every_order();

/// Sources of an instruction, as the bits of registers, and the result that the manual demands.
struct Case {
  std::vector<std::uint64_t> sources;
  std::uint64_t expected = 0;
};

/// Expects these results of an opcode, both by a full warp and by one of which half the lanes are
/// off. `types` are those of the registers, the result's first: "b32 b32 pred".
void expect_results(const std::string& opcode, const std::string& types,
                    const std::vector<Case>& cases);

/// The bits of a float.
std::uint64_t bits(float value);

}  // namespace ptx_test
