// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <string>

#include "bench/hash_job.hpp"

// W7, W7c, W8: tokens -> bucket ids.

namespace seqfeat::bench {
namespace {

constexpr std::int64_t kCount = 25'000'000;
constexpr std::int64_t kChainedCount = kCount / 10;  // a hundred times as much work each
using Id = std::int32_t;

/// W7's strings of `shortest` to `longest` bytes: once from memory, and chained.
void append_mix(std::vector<Workload>& workloads, int shortest, int longest) {
  const std::string lengths = std::to_string(shortest) + "-" + std::to_string(longest);
  const auto strings = [=](std::int64_t count) {
    return random_strings(count, shortest, longest, 7);
  };
  workloads.push_back({"W7/" + lengths,
                       "25 M random strings of " + lengths + " bytes, hash and modulo",
                       [=](Context& context) {
                         return hash_strings<Id>(context, strings(context.scaled(kCount, 1000)));
                       }});
  if (shortest == 1 && longest == 32) {
    workloads.push_back({"W7/1-32/int64", "the same to ids of 64 bits", [=](Context& context) {
                           return hash_strings<std::int64_t>(context,
                                                             strings(context.scaled(kCount, 1000)));
                         }});
  }
  workloads.push_back({"W7/" + lengths + "/chained", "2.5 M of them, each 100 times where it lies",
                       [=](Context& context) {
                         return hash_strings_chained(context,
                                                     strings(context.scaled(kChainedCount, 1000)));
                       }});
}

}  // namespace

std::vector<Workload> hash_workloads() {
  std::vector<Workload> workloads;
  for (const auto [shortest, longest] :
       std::to_array<std::array<int, 2>>({{4, 4}, {1, 4}, {1, 32}, {4, 32}, {1, 64}, {8, 8}})) {
    append_mix(workloads, shortest, longest);
  }
  workloads.push_back({"W7c/setmm", "25 M tokens of real text (set.mm's sample over and over)",
                       [](Context& context) {
                         return hash_strings<Id>(
                             context, tokens_of(context.tokens, context.scaled(kCount, 1000)));
                       }});
  workloads.push_back(
      {"W7c/words", "25 M words of an invented language, power law 1.05 over 65,536",
       [](Context& context) {
         return hash_strings<Id>(context, invented_text(context.scaled(kCount, 1000), 9));
       }});
  workloads.push_back(
      {"W8", "2^26 integers of 1 to 19 digits, their decimal text hashed", [](Context& context) {
         return hash_integers<Id>(context,
                                  log_uniform(context.scaled(std::int64_t{1} << 26, 1000), 8));
       }});
  return workloads;
}

}  // namespace seqfeat::bench
