// SPDX-License-Identifier: Apache-2.0
#include "bench/workload.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <utility>

#include "backend/launch_count.hpp"

namespace seqfeat::bench {
namespace {

/// Lets all pass the gate.
///
/// Returns  How many kernels a launch of ours takes.
std::int64_t gate_all(const std::string& name, const Job& job, Context& context) {
  const std::int64_t before = detail::launch_count();
  gate(context.device, name, job.ours);
  const std::int64_t kernels = detail::launch_count() - before;
  for (const auto& [baseline, candidate] : job.baselines) {
    gate(context.device, name + " (" + baseline + ")", candidate);
  }
  return job.kernels > 0 ? job.kernels : kernels;
}

/// Puts the samples of ours and of the baselines into `result`, the fastest of these first.
void enter(Samples samples, const Job& job, Result& result) {
  result.samples = std::move(samples.front());
  for (std::size_t k = 0; k < job.baselines.size(); ++k) {
    result.references.push_back({job.baselines[k].name, std::move(samples[k + 1])});
  }
  if (result.references.empty()) return;
  make_baseline(result, std::min_element(result.references.begin(), result.references.end(),
                                         [](const Reference& a, const Reference& b) {
                                           return percentile(a.samples, 0.5) <
                                                  percentile(b.samples, 0.5);
                                         }));
}

}  // namespace

void Floats::reserve(std::int64_t elements, FloatType type) {
  const std::int64_t float_bytes = size_of(FloatType::float32);
  const std::int64_t count = (elements * size_of(type) + float_bytes - 1) / float_bytes;
  if (count <= count_) return;
  count_ = 0;
  device_ = Buffer();
  host_.reset();
  const std::int64_t bytes = count * float_bytes;
  device_ = Buffer(backend_.memory(), bytes, stream_);
  if (make_ != nullptr) make_(device_.as<float>(), count, stream_);  // while the host makes its own
  host_ = std::make_unique_for_overwrite<float[]>(static_cast<std::size_t>(count));
  in_parallel(count, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) host_[static_cast<std::size_t>(i)] = random_float(i);
  });
  if (make_ == nullptr) backend_.copy(device_.data(), host_.get(), bytes, stream_);
  backend_.synchronize(stream_);
  count_ = count;
}

std::int64_t scaled(std::int64_t count, double scale, std::int64_t least) {
  return std::max<std::int64_t>(least, std::llround(static_cast<double>(count) * scale));
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

DeviceStrings Context::upload(const Strings& strings) const {
  DeviceStrings there{upload(std::span<const char>(strings.bytes)),
                      upload(std::span<const std::int32_t>(strings.offsets)), strings.view()};
  there.view.data = there.bytes.data();
  there.view.byte_offsets = {there.offsets.data(), strings.count() + 1, false};
  return there;
}

std::string Context::difference_of(const char* what, const void* got,
                                   std::span<const std::byte> expected, std::size_t element) const {
  constexpr std::size_t kPiece = std::size_t{1} << 26;  // outputs may have as much as the host
  std::vector<std::byte> host(std::min(kPiece, expected.size()));
  for (std::size_t first = 0; first < expected.size(); first += kPiece) {
    const auto piece = expected.subspan(first, std::min(kPiece, expected.size() - first));
    backend.copy(host.data(), static_cast<const std::byte*>(got) + first,
                 static_cast<std::int64_t>(piece.size()), device.stream());
    backend.synchronize(device.stream());
    if (std::memcmp(host.data(), piece.data(), piece.size()) == 0) continue;
    const auto at = static_cast<std::size_t>(
        std::mismatch(piece.begin(), piece.end(), host.begin()).first - piece.begin());
    return std::string(what) + "[" + std::to_string((first + at) / element) + "]";
  }
  return "";
}

std::vector<Result> run(const Workload& workload, Context& context) {
  const Job job = workload.prepare(context);
  Result result;
  result.workload = workload.name;
  result.backend = context.backend_name;
  result.tokens = job.tokens;
  result.bytes = job.bytes;
  result.ideal_bytes = job.ideal_bytes;
  result.note = job.note;
  result.kernels = gate_all(workload.name, job, context);

  std::vector<Launch> launches = {job.ours.launch};
  for (const Baseline& baseline : job.baselines) launches.push_back(baseline.candidate.launch);
  const auto cold = [&](const char* cache, Flush how) {
    Result one = result;
    one.cache = cache;
    enter(cold_samples(context.device, launches, context.sampling, how), job, one);
    return one;
  };
  std::vector<Result> results = {cold("cold", Flush::read), cold("dirty", Flush::write)};
  Result& warm = results.emplace_back(std::move(result));
  warm.cache = "warm";
  warm.launches = std::max<std::int64_t>(context.sampling.back_to_back, 1);
  enter(warm_samples(context.device, launches, context.sampling), job, warm);
  gate(context.device, workload.name + ", after timing", job.ours);
  return results;
}

}  // namespace seqfeat::bench
