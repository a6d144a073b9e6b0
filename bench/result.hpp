// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

// Figures, and the two forms in which they leave: JSON for programs, Markdown for people.

namespace seqfeat::bench {

/// Something else that a workload is held against.
struct Reference {
  std::string name;
  std::vector<double> samples;  ///< Seconds for the work of one sample of ours.
};

/// One workload under one condition.
struct Result {
  std::string workload;
  std::string backend;          ///< "cpu", "cuda", "simt".
  std::string cache;            ///< "cold", "warm".
  std::int64_t threads = 0;     ///< Of the host; 0: not counted.
  std::int64_t launches = 1;    ///< Launches a sample; samples are per launch all the same.
  std::int64_t kernels = 0;     ///< Kernels a launch; 0: not counted.
  std::vector<double> samples;  ///< Seconds a launch.
  std::int64_t tokens = 0;
  std::int64_t bytes = 0;        ///< What the algorithm reads and writes, repeated rows repeatedly.
  std::int64_t ideal_bytes = 0;  ///< The same with every distinct byte moved once.
  std::string baseline;          ///< What it is compared with; "" for nothing.
  std::vector<double> baseline_samples;
  std::vector<Reference> references{};  ///< Besides the baseline.
  std::string note;                     ///< What differs from the workload's definition.
};

/// One workload over a range of one size.
struct Scaling {
  std::string workload;
  std::int64_t threads = 0;
  std::vector<std::int64_t> sizes;
  std::vector<double> seconds;   ///< Medians, size by size.
  double exponent = 0;           ///< Time grows like size^exponent; 1 is linear.
  double steepest = 0;           ///< The largest exponent between two neighbours,
  std::int64_t steepest_at = 0;  ///< which is found before this size.
};

/// What everything is held against: bytes a second, reads and writes counted.
struct Bandwidth {
  double copy = 0;          ///< The better of the two below.
  double copy_kernel = 0;   ///< Our own kernel of 16-byte loads and stores.
  double copy_runtime = 0;  ///< cudaMemcpyAsync, or memcpy.
  double read = 0;          ///< Reads alone; a figure beside it.
  std::int64_t bytes = 0;   ///< Size of the buffer that was copied.
};

/// A reason not to trust figures.
struct Doubt {
  std::string workload;  ///< Whose figures; "": those of the whole run.
  std::string reason;
};

/// A whole run.
struct Report {
  bool rehearsed = false;  ///< True where an emulator ran it: the figures say nothing about speed.
  nlohmann::ordered_json machine;
  Bandwidth bandwidth;
  std::vector<Result> results;
  std::vector<Scaling> scaling{};
  std::vector<std::pair<std::string, std::string>>
      failures;                                ///< Workloads without a result, and why.
  std::optional<std::vector<Doubt>> doubts{};  ///< Of a run that looked for them.
};

/// schema_version 1. A result without a baseline has nulls there. Of no samples, or of samples that
/// took no time, rates are null. `predicted_seconds` is null: whoever has a model fills it in.
[[nodiscard]] nlohmann::ordered_json to_json(const Report& report);

/// The same as text.
[[nodiscard]] std::string json_text(const Report& report);

/// Writes that text to a file.
///
/// Throws   IoError naming the file.
void write_json(const Report& report, const std::string& file);

/// A table, a line a result.
[[nodiscard]] std::string to_markdown(const Report& report);

/// Workloads that failed, a line each.
[[nodiscard]] std::string failures_text(const Report& report);

/// `value` with three digits, to fit a column.
[[nodiscard]] std::string rounded(double value, const char* unit);

/// Lets one of the references be the baseline.
void make_baseline(Result& result, std::vector<Reference>::iterator reference);

}  // namespace seqfeat::bench
