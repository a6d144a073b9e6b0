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

/// How far a run is, as one line for a person. `total` is the input's size where it is known.
[[nodiscard]] std::string progress_line(std::int64_t rows, std::int64_t tokens, std::int64_t bytes,
                                        std::optional<std::int64_t> total, double seconds);

/// "1.13 M", "417": a count that is easy to read.
[[nodiscard]] std::string short_count(double count);

/// Shows a line on stderr while it lives, from the second second on, where a person looks on.
class ProgressBar {
 public:
  /// `shown` false: does nothing, as where stderr is no terminal.
  ProgressBar(const run::Progress& progress, std::optional<std::int64_t> total, bool shown);
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;
  ProgressBar(ProgressBar&&) = delete;
  ProgressBar& operator=(ProgressBar&&) = delete;
  ~ProgressBar();

  [[nodiscard]] double seconds() const;

 private:
  void show();

  const run::Progress& progress_;
  const std::optional<std::int64_t> total_;
  const std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
  std::mutex mutex_;
  std::condition_variable changed_;
  bool done_ = false;
  std::optional<std::thread> painter_;
};

}  // namespace seqfeat::cli
