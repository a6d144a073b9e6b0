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

/// Values to hash, in parts that take turns. Ours and the baseline take turns together, for they
/// read the same memory.
struct HashState {
  struct Part {
    std::vector<std::int64_t> offsets;  ///< From the part's first byte on.
    ValuesView values;
    std::int64_t first;  ///< Of its ids.
  };
  std::string bytes;
  std::vector<std::int64_t> integers;
  std::vector<Part> parts;
  std::vector<std::int64_t> ids, baseline_ids;
  Turns turns;

  HashState(std::int64_t count, int parts_wanted)
      : parts(static_cast<std::size_t>(parts_wanted)),
        ids(static_cast<std::size_t>(count)),
        baseline_ids(ids.size()),
        turns(parts_wanted) {}

  Part& next() { return parts[static_cast<std::size_t>(turns.next(turns.parts()).begin)]; }
};

#ifdef SEQFEAT_BENCH_FARMHASH
std::int64_t bucket(const char* text, std::size_t size) {
  const std::uint64_t hash = ::util::Fingerprint64(text, size);
  return static_cast<std::int64_t>(hash % static_cast<std::uint64_t>(kBuckets));
}

void hash_strings_by_farmhash(const HashState::Part& part, std::int64_t* ids) {
  const auto* bytes = static_cast<const char*>(part.values.data);
  const std::int64_t* const offsets = part.offsets.data();
  for (std::int64_t i = 0; i < part.values.count; ++i) {
    ids[i] = bucket(bytes + offsets[i], static_cast<std::size_t>(offsets[i + 1] - offsets[i]));
  }
}

void hash_integers_by_farmhash(const HashState::Part& part, std::int64_t* ids) {
  const auto* integers = static_cast<const std::int64_t*>(part.values.data);
  for (std::int64_t i = 0; i < part.values.count; ++i) {
    char text[24];
    const auto end = std::to_chars(text, text + sizeof text, integers[i]).ptr;
    ids[i] = bucket(text, static_cast<std::size_t>(end - text));
  }
}
#endif

/// What strings and integers share.
CpuJob job_of(const CpuContext& context, const std::shared_ptr<HashState>& state) {
  CpuJob job;
  job.tokens = std::ssize(state->ids);
  job.parts = state->turns.parts();
  job.ours = [backend = context.backend, state] {
    const HashState::Part& part = state->next();
    hash(backend, part.values, kBuckets, state->ids.data() + part.first, kHostStream);
  };
#ifdef SEQFEAT_BENCH_FARMHASH
  const bool strings = state->integers.empty();
  job.baselines.push_back({strings ? "libfarmhash, %" : "to_chars, libfarmhash, %",
                           [state, strings] {
                             const HashState::Part& part = state->next();
                             std::int64_t* const ids = state->baseline_ids.data() + part.first;
                             strings ? hash_strings_by_farmhash(part, ids)
                                     : hash_integers_by_farmhash(part, ids);
                           },
                           static_cast<double>(job.parts)});
  job.difference = [state] {
    return std::string(state->ids == state->baseline_ids ? "" : "ids differ from libfarmhash's");
  };
#endif
  return job;
}

CpuJob strings_job(const CpuContext& context, int shortest, int longest, std::int64_t count,
                   int parts) {
  auto state = std::make_shared<HashState>(count, parts);
  Strings strings = random_strings(count, shortest, longest, 17);
  state->bytes = std::move(strings.bytes);
  Turns all(parts);
  for (HashState::Part& part : state->parts) {
    const Range range = all.next(count);
    const std::int64_t begin = strings.offsets[static_cast<std::size_t>(range.begin)];
    for (std::int64_t i = range.begin; i <= range.end; ++i) {
      part.offsets.push_back(strings.offsets[static_cast<std::size_t>(i)] - begin);
    }
    part.first = range.begin;
    part.values = {DType::string, state->bytes.data() + begin, offsets_of(part.offsets),
                   range.end - range.begin, part.offsets.back()};
  }
  CpuJob job = job_of(context, state);
  job.bytes = std::ssize(state->bytes) + 16 * count;
  return job;
}

CpuWorkload strings_workload(int mean, bool uniform, bool cached) {
  const int shortest = uniform ? 1 : mean;
  const int longest = uniform ? 2 * mean - 1 : mean;
  const std::string name = "hash/mean" + std::to_string(mean) + (uniform ? "/uniform" : "/fixed");
  return cpu_workload(name + (cached ? "/cached" : "/streamed"), [=](const CpuContext& context) {
    if (cached) return strings_job(context, shortest, longest, 16'384, 1);
    return strings_job(context, shortest, longest, context.scaled(4'000'000, 16'384),
                       kStreamedParts);
  });
}

CpuJob integers_job(const CpuContext& context) {
  const std::int64_t count = context.scaled(4'000'000, 16'384);
  auto state = std::make_shared<HashState>(count, kStreamedParts);
  state->integers = numbers(count);
  Turns all(kStreamedParts);
  for (HashState::Part& part : state->parts) {
    const Range range = all.next(count);
    part.first = range.begin;
    part.values = {
        DType::int64, state->integers.data() + range.begin, {}, range.end - range.begin, 0};
  }
  CpuJob job = job_of(context, state);
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
  all.push_back(cpu_workload("hash/int64/streamed", integers_job));
  return all;
}

}  // namespace seqfeat::bench
