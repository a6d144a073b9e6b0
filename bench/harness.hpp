// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "seqfeat/stream.hpp"

// The machine under measurement, and how a figure comes about: gate, warm-up, cold samples, warm
// samples.

namespace seqfeat::bench {

/// Enqueues the work under measurement once; the argument counts up, so that inputs can rotate.
using Launch = std::function<void(std::int64_t)>;

/// With what the last-level cache is filled before a cold launch.
enum class Flush {
  read,   ///< With lines that were only read: a miss drops one of them.
  write,  ///< With modified lines: a miss has to write one of them back first.
};

/// The machine under measurement as the harness sees it: a clock and a cache. Tests put a fake
/// here.
class Device {
 public:
  Device() = default;
  Device(const Device&) = delete;
  Device& operator=(const Device&) = delete;
  Device(Device&&) = delete;
  Device& operator=(Device&&) = delete;
  virtual ~Device() = default;

  /// The stream on which launches go.
  [[nodiscard]] virtual Stream stream() const noexcept = 0;

  /// A second stream beside it. Work on it is counted only between `fork` and `join`.
  [[nodiscard]] virtual Stream side_stream() const noexcept = 0;
  /// What goes to the side stream from here on comes after the work on `stream()` so far.
  virtual void fork() = 0;
  /// What goes to `stream()` from here on comes after the work on the side stream so far.
  virtual void join() = 0;

  /// Seconds on the device's clock from before launch(first) to after launch(first + count - 1).
  /// Waits.
  [[nodiscard]] virtual double seconds(const Launch& launch, std::int64_t first,
                                       std::int64_t count) = 0;

  /// Enqueues reads or writes of at least twice the last-level cache, so that nothing useful stays
  /// in it.
  virtual void flush_cache(Flush how) = 0;

  /// Enqueues setting `bytes` bytes to `value`.
  virtual void fill(void* data, int value, std::int64_t bytes) = 0;

  /// Records what `enqueue` enqueues; the result enqueues all of it at once.
  [[nodiscard]] virtual std::function<void()> capture(const std::function<void()>& enqueue) = 0;
};

/// How often things are measured.
struct Sampling {
  std::int64_t warm_up = 3;        ///< Launches before anything counts.
  std::int64_t samples = 30;       ///< Of each kind.
  std::int64_t back_to_back = 20;  ///< Launches of one warm sample.
};

/// Memory that a candidate writes.
struct Written {
  void* data = nullptr;
  std::int64_t bytes = 0;
};

/// Something to be timed, and how to see that it does what it should.
struct Candidate {
  Launch launch;
  std::vector<Written> outputs;  ///< Poisoned before the gate, so that unwritten cells show.
  /// Waits, and compares what launch(0) wrote with the CPU backend's answer: "" or the first
  /// difference.
  std::function<std::string()> difference;
};

/// Thrown where a candidate's results are wrong: its time would mean nothing.
class WrongResult : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Poisons the outputs, launches once and compares.
///
/// Throws   WrongResult naming `name` and the first difference.
void gate(Device& device, const std::string& name, const Candidate& candidate);

/// Seconds of each launch, sample by sample.
using Samples = std::vector<std::vector<double>>;

/// Seconds of single launches, each after the cache was flushed as `how` says; several candidates
/// take turns, so that none has a cooler or a faster clock than the others.
[[nodiscard]] Samples cold_samples(Device& device, std::span<const Launch> launches,
                                   const Sampling& sampling, Flush how);

/// Seconds a launch of runs of launches back to back, with whatever the cache holds. Several
/// candidates take turns; each then launches once before its clock starts.
[[nodiscard]] Samples warm_samples(Device& device, std::span<const Launch> launches,
                                   const Sampling& sampling);

/// The smallest sample that at least the share `p` of the samples does not exceed; 0 of none.
[[nodiscard]] double percentile(std::vector<double> samples, double p);

}  // namespace seqfeat::bench
