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

/// The progress of a run as one line. `total` is the size of the input, 0 if it is not known.
[[nodiscard]] std::string progress_line(std::int64_t rows, std::int64_t tokens, std::int64_t bytes,
                                        std::int64_t total, double seconds);

/// "1.13 M", "417": a count that is easy to read.
[[nodiscard]] std::string short_count(std::int64_t count);

/// Shows the progress of a run on stderr while the object lives: on a terminal one line that
/// changes, from the second second on; elsewhere a line every 30 seconds, for the log of a job.
class ProgressBar {
 public:
  /// Does nothing if not `shown`. `beat` is the time between lines that do not go to a terminal.
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
