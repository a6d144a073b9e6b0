// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "run/options.hpp"
#include "seqfeat/backend.hpp"

// From files to parts. `run` makes a checked plan of its options and takes the output directory. A
// pipeline reads, computes and writes at the same time. The manifest is written last.

namespace seqfeat::run {

/// How far a run is. Other threads may read it meanwhile.
class Progress {
 public:
  std::atomic<std::int64_t> rows{0};      ///< Rows in parts that are there.
  std::atomic<std::int64_t> tokens{0};    ///< Tokens in them.
  std::atomic<std::int64_t> new_rows{0};  ///< Rows in parts that this run wrote.
  std::atomic<std::int64_t> bytes{0};     ///< Bytes of input rows that are read.
  std::atomic<std::int64_t> rejected{0};  ///< Records that were left out; known at the end.
  std::atomic<std::int64_t> total{0};     ///< Bytes of input; 0 if not known.

  /// Since the object was made.
  [[nodiscard]] double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count();
  }

  /// The warnings so far, which the manifest will repeat.
  [[nodiscard]] std::vector<std::string> warnings() const {
    const std::lock_guard lock(mutex_);
    return warnings_;
  }
  void set_warnings(std::vector<std::string> warnings) {
    const std::lock_guard lock(mutex_);
    warnings_ = std::move(warnings);
  }

 private:
  const std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
  mutable std::mutex mutex_;
  std::vector<std::string> warnings_;
};

/// How a run ended.
enum class RunEnd : std::uint8_t { finished, already_finished, stopped };

/// Runs the layer of `options.spec` over the input, one part per batch. Writes the manifest last.
///
/// After a request to stop, the current part is finished and no manifest is written; a run with
/// `Existing::resume` goes on from there.
/// Memory   For a few batches, whatever the input's size.
/// Throws   InvalidArgument for a spec, tables or a directory that cannot be used; DataError for
///          input, with its place; IoError, OutOfMemory, CudaError. Only whole parts remain.
[[nodiscard]] RunEnd run(const RunOptions& options, const Backend& backend,
                         const std::stop_token& stop, Progress& progress);

}  // namespace seqfeat::run
