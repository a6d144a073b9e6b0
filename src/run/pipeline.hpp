// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <atomic>
#include <exception>
#include <memory>
#include <mutex>
#include <stop_token>
#include <thread>
#include <utility>
#include <vector>

#include "run/batch_reader.hpp"
#include "run/budget.hpp"
#include "run/made_from.hpp"
#include "run/options.hpp"
#include "run/part.hpp"
#include "run/queue.hpp"
#include "run/run.hpp"
#include "seqfeat/layer.hpp"

namespace seqfeat::run {

/// What the reading thread works on. It is shared, because a thread that waits for a pipe cannot be
/// woken: it is left to itself then, and finds everything it may still touch in here.
struct Reading {
  explicit Reading(RunOptions run_options) : options(std::move(run_options)), reader(options) {
    for (int i = 0; i < kBatches; ++i) free.push(reader.make_batch());
  }

  static constexpr int kBatches = 3;  ///< One being filled, one waiting, one being computed.

  const RunOptions options;
  BatchReader reader;
  Queue<ReadBatch> free{kBatches};
  Queue<ReadBatch> filled{1};
  std::exception_ptr error;  ///< Set before `filled` is closed.
  std::atomic<bool> done{false};
};

/// Three stages with short queues between them: reading and parsing; computing, in the caller's
/// thread; writing, by two threads, since it is mostly the system that is slow to take a file.
class Pipeline {
 public:
  Pipeline(const RunOptions& options, const MadeFrom& made, const SequenceFeatures& layer,
           std::shared_ptr<Reading> reading, std::stop_token stop, Progress& progress);
  Pipeline(const Pipeline&) = delete;
  Pipeline& operator=(const Pipeline&) = delete;
  Pipeline(Pipeline&&) = delete;
  Pipeline& operator=(Pipeline&&) = delete;
  ~Pipeline() { finish(); }

  /// Makes the parts behind `parts` and appends what the manifest says of them.
  void run(std::vector<PartInfo>& parts);

 private:
  void compute(std::int64_t first_index);
  Part make_part(const ReadBatch& batch, std::int64_t index);
  void write(std::vector<PartInfo>& parts) noexcept;
  void finish() noexcept;

  static constexpr int kWriters = 2;
  static constexpr int kPartsInFlight = 2;  ///< To compute one takes far less than to write one.
  static constexpr std::int64_t kBytesInFlight = std::int64_t{1} << 30;

  const RunOptions& options_;
  const MadeFrom& made_;
  const SequenceFeatures& layer_;
  std::shared_ptr<Reading> reading_;
  std::stop_token stop_;
  Progress& progress_;
  Budget budget_{kPartsInFlight, kBytesInFlight};
  Queue<Part> parts_{1};
  std::mutex mutex_;  // guards the finished parts and what went wrong with one
  std::exception_ptr write_error_;
  std::thread reader_;
  std::array<std::thread, kWriters> writers_;
};

}  // namespace seqfeat::run
