// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>
#include <utility>
#include <vector>

#include "run/batch_reader.hpp"
#include "run/directory.hpp"
#include "run/part.hpp"
#include "run/plan.hpp"
#include "run/queue.hpp"
#include "run/run.hpp"
#include "seqfeat/layer.hpp"

namespace seqfeat::run {

/// The state of the reading thread. It is shared, because a thread that waits for a pipe cannot be
/// woken: it is detached then, and everything it may still use lives in here.
struct Reading {
  explicit Reading(ReadPlan read_plan) : plan(std::move(read_plan)), reader(plan) {
    for (int i = 0; i < kBatches; ++i) free.push(reader.make_batch());
  }

  static constexpr int kBatches = 3;  ///< One being filled, one waiting, one being computed.

  const ReadPlan plan;
  BatchReader reader;
  Queue<ReadBatch> free{kBatches};
  Queue<ReadBatch> filled{1};
  std::exception_ptr error;  ///< Set before `filled` is closed.
  std::atomic<bool> done{false};
};

/// Three stages with short queues between them: one thread reads and parses, the caller's thread
/// computes, and two threads write, because the system is slow to take a file. If the system
/// refuses a thread, the caller's thread does the work of its stage too.
class Pipeline {
 public:
  Pipeline(const RunPlan& plan, const SequenceFeatures& layer, OutputDirectory& directory,
           std::shared_ptr<Reading> reading, std::stop_token stop, Progress& progress);
  Pipeline(const Pipeline&) = delete;
  Pipeline& operator=(const Pipeline&) = delete;
  Pipeline(Pipeline&&) = delete;
  Pipeline& operator=(Pipeline&&) = delete;
  ~Pipeline() { finish(); }

  /// Makes the parts that are missing. Returns what is known of all parts.
  [[nodiscard]] std::vector<PartInfo> run();

 private:
  void compute();
  std::optional<ReadBatch> next_batch();
  [[nodiscard]] PartSource source_of(const ReadBatch& batch, std::int64_t index) const;
  Part make_part(const ReadBatch& batch, PartSource source);
  bool hand_on(Part part);
  void write_all() noexcept;
  void write(Part part);
  void add(std::int64_t index, PartInfo info);
  void finish() noexcept;

  static constexpr int kWriters = 2;
  static constexpr int kPartsInFlight = 2;  ///< Computing one takes far less than writing one.
  static constexpr std::int64_t kBytesInFlight = std::int64_t{1} << 30;

  const RunPlan& plan_;
  const SequenceFeatures& layer_;
  OutputDirectory& directory_;
  std::shared_ptr<Reading> reading_;
  std::stop_token stop_;
  Progress& progress_;
  Budget budget_{kPartsInFlight, kBytesInFlight};
  Queue<Part> parts_{1};
  std::mutex mutex_;  // guards the two members below
  std::vector<PartInfo> infos_;
  std::exception_ptr write_error_;
  std::optional<std::thread> reader_;
  std::vector<std::thread> writers_;
};

}  // namespace seqfeat::run
