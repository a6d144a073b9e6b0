// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "run/run.hpp"

namespace seqfeat::cli {

/// How far a run is, as one line for a person. `total` is the input's size, 0 if it is not known.
[[nodiscard]] std::string progress_line(std::int64_t rows, std::int64_t tokens, std::int64_t bytes,
                                        std::int64_t total, double seconds);

/// "1.13 M", "417": a count that is easy to read.
[[nodiscard]] std::string short_count(std::int64_t count);

/// Tells on stderr how far a run is, while it lives: on a terminal by a line that changes, from the
/// second second on, elsewhere by a line every 30 seconds, for the log of a job.
class ProgressBar {
 public:
  /// `shown` false: does nothing. `beat` is the time between lines that are no terminal's.
  ProgressBar(const run::Progress& progress, bool shown,
              std::chrono::milliseconds beat = std::chrono::seconds(30));
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;
  ProgressBar(ProgressBar&&) = delete;
  ProgressBar& operator=(ProgressBar&&) = delete;
  ~ProgressBar();

 private:
  [[nodiscard]] std::string line() const;
  void show();
  void tell(std::chrono::milliseconds beat);

  const run::Progress& progress_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool done_ = false;
  std::optional<std::thread> painter_;
};

}  // namespace seqfeat::cli
