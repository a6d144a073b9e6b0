// SPDX-License-Identifier: Apache-2.0
#include <memory>
#include <utility>

#include "bench/byte_hash.hpp"
#include "bench/inputs.hpp"
#include "bench/workload.hpp"
#include "seqfeat/hash.hpp"

// W7, W7c, W8: tokens -> bucket ids. The library writes 64-bit ids, and so they are counted.

namespace seqfeat::bench {
namespace {

constexpr std::int64_t kBuckets = 1'000'003;  // not a power of two: the modulo is to be paid for

/// Device copies of strings, and two places for ids.
struct HashState {
  Strings strings;
  std::vector<std::int64_t> integers;
  Buffer data, offsets, ids, baseline_ids;
  ValuesView view;
  std::vector<std::int64_t> expected;
};

Candidate candidate(Context& context, const std::shared_ptr<HashState>& state, std::int64_t* ids,
                    Launch launch) {
  const std::int64_t bytes = state->view.count * static_cast<std::int64_t>(sizeof(std::int64_t));
  return {std::move(launch), {{ids, bytes}}, [&context, state, ids] {
            return context.difference("ids", ids, std::span<const std::int64_t>(state->expected));
          }};
}

Launch hash_launch(Context& context, const std::shared_ptr<HashState>& state) {
  return [&context, state](std::int64_t) {
    hash(context.backend, state->view, kBuckets, state->ids.as<std::int64_t>(),
         context.device.stream());
  };
}

/// Fills in what strings and integers share; `host` describes the same values on the host.
void expect(Context& context, HashState& state, const ValuesView& host) {
  const std::int64_t bytes = host.count * static_cast<std::int64_t>(sizeof(std::int64_t));
  state.ids = context.allocate(bytes);
  state.expected.resize(static_cast<std::size_t>(host.count));
  hash(context.cpu, host, kBuckets, state.expected.data(), kHostStream);
}

Job hash_strings(Context& context, Strings strings) {
  auto state = std::make_shared<HashState>();
  state->strings = std::move(strings);
  const Strings& s = state->strings;
  const auto size = static_cast<std::int64_t>(s.bytes.size());
  const std::int64_t count = s.count();
  expect(context, *state, {DType::string, s.bytes.data(), offsets_of(s.offsets), count, size});
  state->data = context.upload(std::span<const char>(s.bytes));
  state->offsets = context.upload(std::span<const std::int32_t>(s.offsets));
  state->baseline_ids = context.allocate(state->ids.size_bytes());
  state->view = {
      DType::string, state->data.data(), {state->offsets.data(), count + 1, false}, count, size};
  Job job;
  job.tokens = count;
  job.bytes = job.ideal_bytes = size + 4 * (count + 1) + 8 * count;
  job.ours = candidate(context, state, state->ids.as<std::int64_t>(), hash_launch(context, state));
  job.baseline_name = "byte at a time, %";
  job.baseline = candidate(
      context, state, state->baseline_ids.as<std::int64_t>(), [&context, state](std::int64_t) {
        hash_byte_at_a_time(state->data.as<std::uint8_t>(), state->offsets.as<std::int32_t>(),
                            state->view.count, kBuckets, state->baseline_ids.as<std::int64_t>(),
                            context.device.stream());
      });
  job.note = "int64 ids";
  return job;
}

Job hash_integers(Context& context) {
  auto state = std::make_shared<HashState>();
  const std::int64_t count = context.scaled(std::int64_t{1} << 26, 1000);
  state->integers = log_uniform(count, 8);
  expect(context, *state, {DType::int64, state->integers.data(), {}, count, 0});
  state->data = context.upload(std::span<const std::int64_t>(state->integers));
  state->view = {DType::int64, state->data.data(), {}, count, 0};
  Job job;
  job.tokens = count;
  job.bytes = job.ideal_bytes = 16 * count;
  job.ours = candidate(context, state, state->ids.as<std::int64_t>(), hash_launch(context, state));
  job.note = "int64 ids";
  return job;
}

Workload random_mix(int shortest, int longest) {
  const std::string lengths = std::to_string(shortest) + "-" + std::to_string(longest);
  return {"W7/" + lengths, "25 M random strings of " + lengths + " bytes, hash and modulo",
          [=](Context& context) {
            const std::int64_t count = context.scaled(25'000'000, 1000);
            return hash_strings(context, random_strings(count, shortest, longest, 7));
          }};
}

}  // namespace

std::vector<Workload> hash_workloads() {
  return {random_mix(4, 4),
          random_mix(1, 4),
          random_mix(1, 32),
          random_mix(4, 32),
          random_mix(1, 64),
          random_mix(8, 8),
          {"W7c/setmm", "25 M tokens of real text (set.mm's sample over and over)",
           [](Context& context) {
             return hash_strings(context,
                                 tokens_of(context.tokens, context.scaled(25'000'000, 1000)));
           }},
          {"W8", "2^26 integers of 1 to 19 digits, their decimal text hashed", hash_integers}};
}

}  // namespace seqfeat::bench
