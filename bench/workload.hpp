// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bench/harness.hpp"
#include "bench/inputs.hpp"
#include "bench/result.hpp"
#include "bench/setting.hpp"
#include "seqfeat/table.hpp"

// Workloads have the names and sizes of the benchmark plan (bench/README.md).

namespace seqfeat::bench {

/// Random floats on the host and on the device, of which every table of a run is a part: the
/// largest is gigabytes, so it is made once. Tables of halves are the same bytes, of which each
/// half is a finite number in either type.
class Floats {
 public:
  /// Enqueues writing random_float(0) to random_float(count - 1) into the device's memory.
  using MakeOnDevice = std::function<void(float* to, std::int64_t count, Stream stream)>;

  /// Without `make` the device gets a copy of the host's.
  Floats(const Backend& backend, Stream stream, MakeOnDevice make = nullptr)
      : backend_(backend), stream_(stream), make_(std::move(make)) {}

  /// Makes sure that there are `elements` of `type`. Views from before are gone if it grows.
  void reserve(std::int64_t elements, FloatType type = FloatType::float32);
  [[nodiscard]] TableView on_host(std::int64_t rows, std::int64_t dim, std::int64_t first = 0,
                                  FloatType type = FloatType::float32) const {
    return table_at(host_.get(), rows, dim, first, type);
  }
  [[nodiscard]] TableView on_device(std::int64_t rows, std::int64_t dim, std::int64_t first = 0,
                                    FloatType type = FloatType::float32) const {
    return table_at(device_.data(), rows, dim, first, type);
  }

 private:
  static TableView table_at(const void* data, std::int64_t rows, std::int64_t dim,
                            std::int64_t first, FloatType type) {
    return {static_cast<const std::byte*>(data) + first * size_of(type), rows, dim, 0, type};
  }

  Backend backend_;
  Stream stream_;
  MakeOnDevice make_;
  std::unique_ptr<float[]> host_;
  Buffer device_;
  std::int64_t count_ = 0;  ///< In float32.
};

/// Strings on the device.
struct DeviceStrings {
  Buffer bytes, offsets;
  ValuesView view;
};

/// What a workload works with.
struct Context : Setting {
  Backend cpu;  ///< Says what is right.
  Device& device;
  Floats& floats;
  Sampling sampling;
  std::string backend_name = "cuda";  ///< For results.

  /// Memory of the backend.
  [[nodiscard]] Buffer allocate(std::int64_t bytes) const;
  /// A copy in the backend's memory; waits.
  template <class T>
  [[nodiscard]] Buffer upload(std::span<const T> values) const {
    return upload_bytes(values.data(), static_cast<std::int64_t>(values.size_bytes()));
  }
  [[nodiscard]] Buffer upload_bytes(const void* data, std::int64_t bytes) const;
  [[nodiscard]] DeviceStrings upload(const Strings& strings) const;

  /// "" if the backend's memory at `got` holds the bytes of `expected`, else the first difference.
  template <class T>
  [[nodiscard]] std::string difference(const char* what, const T* got,
                                       std::span<const T> expected) const {
    return difference_of(what, got, std::as_bytes(expected), sizeof(T));
  }

 private:
  [[nodiscard]] std::string difference_of(const char* what, const void* got,
                                          std::span<const std::byte> expected,
                                          std::size_t element) const;
};

/// Something else that does the same work.
struct Baseline {
  std::string name;
  Candidate candidate;
};

/// A workload whose inputs are in place. The closures own what they use.
struct Job : Work {
  std::int64_t ideal_bytes = 0;  ///< Each distinct byte counted once.
  Candidate ours;
  std::vector<Baseline> baselines;  ///< The fastest is the result's; the others stand beside it.
  std::int64_t kernels = 0;         ///< Where they cannot be counted: those of a graph.
  std::string note;
};

using Workload = WorkloadOf<Context, Job>;

/// All of them.
[[nodiscard]] std::vector<Workload> every_workload();
[[nodiscard]] std::vector<Workload> hash_workloads();
[[nodiscard]] std::vector<Workload> lookup_workloads();
[[nodiscard]] std::vector<Workload> skew_workloads();
[[nodiscard]] std::vector<Workload> padding_workloads();
[[nodiscard]] std::vector<Workload> column_workloads();
[[nodiscard]] std::vector<Workload> road_workloads();
[[nodiscard]] std::vector<Workload> copy_workloads();
[[nodiscard]] std::vector<Workload> train_workloads();

/// The shapes of those that have one, by name.
[[nodiscard]] nlohmann::ordered_json definitions(const std::vector<Workload>& workloads);

/// Runs a workload through gate, cold samples after reads and after writes, warm samples, and the
/// gate once more: launches back to back must leave what a single one leaves.
///
/// Returns  A result each: "cold", "dirty", "warm".
/// Throws   WrongResult, and what the workload throws.
[[nodiscard]] std::vector<Result> run(const Workload& workload, Context& context);

}  // namespace seqfeat::bench
