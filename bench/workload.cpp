// SPDX-License-Identifier: Apache-2.0
#include "bench/workload.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "bench/inputs.hpp"
#include "seqfeat/error.hpp"

namespace seqfeat::bench {

void Floats::reserve(std::int64_t count) {
  if (count <= count_) return;
  count_ = 0;
  device_ = Buffer();
  host_.reset();
  host_ = std::make_unique_for_overwrite<float[]>(static_cast<std::size_t>(count));
  in_parallel(count, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      const auto bits = static_cast<std::int32_t>(random_bits(7, static_cast<std::uint64_t>(i)));
      host_[static_cast<std::size_t>(i)] = static_cast<float>(bits) * 0x1p-31F;
    }
  });
  const std::int64_t bytes = count * static_cast<std::int64_t>(sizeof(float));
  device_ = Buffer(backend_.memory(), bytes, stream_);
  backend_.copy(device_.data(), host_.get(), bytes, stream_);
  backend_.synchronize(stream_);
  count_ = count;
}

std::int64_t Context::scaled(std::int64_t count, std::int64_t least) const {
  return std::max(least,
                  static_cast<std::int64_t>(std::llround(static_cast<double>(count) * scale)));
}

Buffer Context::allocate(std::int64_t bytes) const {
  return {backend.memory(), bytes, device.stream()};
}

Buffer Context::upload_bytes(const void* data, std::int64_t bytes) const {
  Buffer buffer = allocate(bytes);
  backend.copy(buffer.data(), data, bytes, device.stream());
  backend.synchronize(device.stream());
  return buffer;
}

std::string Context::difference_of(const char* what, const void* got,
                                   std::span<const std::byte> expected, std::size_t element) const {
  std::vector<std::byte> host(expected.size());
  backend.copy(host.data(), got, static_cast<std::int64_t>(host.size()), device.stream());
  backend.synchronize(device.stream());
  if (std::memcmp(host.data(), expected.data(), host.size()) == 0) return "";
  const auto at = static_cast<std::size_t>(
      std::mismatch(host.begin(), host.end(), expected.begin()).first - host.begin());
  return std::string(what) + "[" + std::to_string(at / element) + "]";
}

std::vector<Workload> select(const std::vector<Workload>& workloads,
                             const std::vector<std::string>& prefixes) {
  if (prefixes.empty()) return workloads;
  const auto fits = [](const std::string& prefix) {
    return [&prefix](const Workload& workload) { return workload.name.starts_with(prefix); };
  };
  for (const std::string& prefix : prefixes) {
    if (std::none_of(workloads.begin(), workloads.end(), fits(prefix))) {
      throw InvalidArgument("--workload: got '" + prefix +
                            "', expected the beginning of a name that --list prints");
    }
  }
  std::vector<Workload> selected;
  for (const Workload& workload : workloads) {
    if (std::any_of(prefixes.begin(), prefixes.end(),
                    [&](const std::string& prefix) { return workload.name.starts_with(prefix); })) {
      selected.push_back(workload);
    }
  }
  return selected;
}

std::vector<Result> run(const Workload& workload, Context& context) {
  const Job job = workload.prepare(context);
  const bool compared = !job.baseline_name.empty();
  gate(context.device, workload.name, job.ours);
  if (compared) gate(context.device, workload.name + " (" + job.baseline_name + ")", job.baseline);

  const auto result = [&](const char* cache, std::int64_t launches, auto&& sample) {
    Result r;
    r.workload = workload.name;
    r.backend = context.backend_name;
    r.cache = cache;
    r.launches = launches;
    r.samples = sample(context.device, job.ours.launch, context.sampling);
    r.tokens = job.tokens;
    r.bytes = job.bytes;
    r.ideal_bytes = job.ideal_bytes;
    r.note = job.note;
    if (compared) {
      r.baseline = job.baseline_name;
      r.baseline_samples = sample(context.device, job.baseline.launch, context.sampling);
    }
    return r;
  };
  std::vector<Result> results = {
      result("cold", 1, cold_samples),
      result("warm", std::max<std::int64_t>(context.sampling.back_to_back, 1), warm_samples)};
  gate(context.device, workload.name + ", after timing", job.ours);
  return results;
}

}  // namespace seqfeat::bench
