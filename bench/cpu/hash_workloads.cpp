// SPDX-License-Identifier: Apache-2.0
#include <charconv>
#include <memory>
#include <utility>

#include "bench/cpu/inputs.hpp"
#include "bench/cpu/workload.hpp"
#include "bench/inputs.hpp"
#include "seqfeat/hash.hpp"
#ifdef SEQFEAT_BENCH_FARMHASH
#include <farmhash.h>
#endif

// hash/…: 64-bit offsets and ids, a bucket count that is known at run time only.

namespace seqfeat::bench {
namespace {

constexpr std::int64_t kBuckets = 1'000'003;

struct HashState {
  std::string bytes;
  std::vector<std::int64_t> offsets;
  std::vector<std::int64_t> integers;
  std::vector<std::int64_t> ids, baseline_ids;
};

#ifdef SEQFEAT_BENCH_FARMHASH
std::int64_t bucket(const char* text, std::size_t size) {
  const std::uint64_t hash = ::util::Fingerprint64(text, size);
  return static_cast<std::int64_t>(hash % static_cast<std::uint64_t>(kBuckets));
}

void hash_strings_by_farmhash(HashState& s) {
  for (std::size_t i = 0; i < s.baseline_ids.size(); ++i) {
    s.baseline_ids[i] = bucket(s.bytes.data() + s.offsets[i],
                               static_cast<std::size_t>(s.offsets[i + 1] - s.offsets[i]));
  }
}

void hash_integers_by_farmhash(HashState& s) {
  for (std::size_t i = 0; i < s.baseline_ids.size(); ++i) {
    char text[24];
    const auto end = std::to_chars(text, text + sizeof text, s.integers[i]).ptr;
    s.baseline_ids[i] = bucket(text, static_cast<std::size_t>(end - text));
  }
}
#endif

/// Adds what strings and integers share.
CpuJob job_of(const CpuContext& context, const std::shared_ptr<HashState>& state, ValuesView view) {
  state->ids.resize(static_cast<std::size_t>(view.count));
  state->baseline_ids.resize(state->ids.size());
  CpuJob job;
  job.tokens = view.count;
  job.ours = [backend = context.backend, state, view] {
    hash(backend, view, kBuckets, state->ids.data(), kHostStream);
  };
#ifdef SEQFEAT_BENCH_FARMHASH
  const bool strings = view.dtype == DType::string;
  job.baselines.push_back(
      {strings ? "libfarmhash, %" : "to_chars, libfarmhash, %", [state, strings] {
         strings ? hash_strings_by_farmhash(*state) : hash_integers_by_farmhash(*state);
       }});
  job.difference = [state] {
    return std::string(state->ids == state->baseline_ids ? "" : "ids differ from libfarmhash's");
  };
#endif
  return job;
}

CpuJob strings_job(const CpuContext& context, int shortest, int longest, std::int64_t count) {
  auto state = std::make_shared<HashState>();
  Strings strings = random_strings(count, shortest, longest, 17);
  state->bytes = std::move(strings.bytes);
  state->offsets.assign(strings.offsets.begin(), strings.offsets.end());
  const auto size = static_cast<std::int64_t>(state->bytes.size());
  CpuJob job =
      job_of(context, state,
             {DType::string, state->bytes.data(), offsets_of(state->offsets), count, size});
  job.bytes = size + 16 * count;
  return job;
}

CpuWorkload strings_workload(int mean, bool uniform, bool cached) {
  const int shortest = uniform ? 1 : mean;
  const int longest = uniform ? 2 * mean - 1 : mean;
  return {"hash/mean" + std::to_string(mean) + (uniform ? "/uniform" : "/fixed") +
              (cached ? "/cached" : "/streamed"),
          [=](const CpuContext& context) {
            return strings_job(context, shortest, longest,
                               cached ? 16'384 : context.scaled(4'000'000, 16'384));
          }};
}

CpuJob integers_job(const CpuContext& context) {
  auto state = std::make_shared<HashState>();
  const std::int64_t count = context.scaled(4'000'000, 16'384);
  state->integers = numbers(count);
  CpuJob job = job_of(context, state, {DType::int64, state->integers.data(), {}, count, 0});
  job.bytes = 16 * count;
  return job;
}

}  // namespace

std::vector<CpuWorkload> cpu_hash_workloads() {
  std::vector<CpuWorkload> all;
  for (const int mean : {4, 8, 24, 100}) {
    for (const bool uniform : {true, false}) {
      for (const bool cached : {true, false}) {
        all.push_back(strings_workload(mean, uniform, cached));
      }
    }
  }
  all.push_back({"hash/int64/streamed", integers_job});
  return all;
}

}  // namespace seqfeat::bench
