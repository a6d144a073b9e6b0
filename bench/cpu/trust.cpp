// SPDX-License-Identifier: Apache-2.0
#include "bench/cpu/trust.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <numeric>
#include <thread>

#include "bench/harness.hpp"

namespace seqfeat::bench {
namespace {

constexpr double kMostSpread = 0.15;      // of the middle half of the samples, of their median
constexpr std::size_t kLeastSamples = 4;  // fewer have no middle half
constexpr double kMostWaiting = 1.15;     // wall time over processor time
constexpr double kLeastCopy = 0.8;        // of the fastest copy
constexpr double kMostOthers = 0.1;       // of all processors
constexpr double kLeastWall = 0.2;        // seconds; the kernel counts in hundredths

std::string text(const char* format, double a, double b = 0) {
  char out[160];
  std::snprintf(out, sizeof out, format, a, b);
  return out;
}

double sum(const std::vector<double>& numbers) {
  return std::accumulate(numbers.begin(), numbers.end(), 0.0);
}

double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

double own_processor_seconds() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec);
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

/// What all processors of the machine worked, or were taken away, since it started; 0 where Linux
/// does not tell.
double all_processor_seconds() {
  std::ifstream in("/proc/stat");
  std::string word;
  double busy = 0;
  in >> word;
  for (int field = 0; field < 8; ++field) {  // user nice system idle iowait irq softirq steal
    double ticks = 0;
    in >> ticks;
    if (field != 3 && field != 4) busy += ticks;
  }
  return in ? busy / static_cast<double>(::sysconf(_SC_CLK_TCK)) : 0;
}

}  // namespace

std::string doubt_of(const Timed& timed) {
  const double wall = sum(timed.seconds);
  const double processor = sum(timed.processor);
  if (processor > 0 && wall > kMostWaiting * processor) {
    return text("took %.1f times its processor time, so it waited for a processor or a device",
                wall / processor);
  }
  const double median = percentile(timed.seconds, 0.5);
  const double spread = percentile(timed.seconds, 0.75) - percentile(timed.seconds, 0.25);
  if (timed.seconds.size() >= kLeastSamples && spread > kMostSpread * median) {
    return text("the middle half of its samples spreads over %.0f %% of their median",
                100 * spread / median);
  }
  return {};
}

void CopySpeeds::add(const std::string& workload, double bytes,
                     const std::vector<double>& seconds) {
  const double fastest = percentile(seconds, 0);
  if (!(fastest > 0)) return;
  places_.push_back({workload, bytes / percentile(seconds, 0.5)});
  best_ = std::max(best_, bytes / fastest);
}

std::vector<Doubt> CopySpeeds::doubts() const {
  std::vector<Doubt> all;
  for (const Place& place : places_) {
    if (place.median >= kLeastCopy * best_) continue;
    all.push_back({place.workload, text("memcpy: copied %.1f GB/s, where this run had %.1f at best",
                                        place.median * 1e-9, best_ * 1e-9)});
  }
  return all;
}

Others::Others() : wall_(now()), own_(own_processor_seconds()), all_(all_processor_seconds()) {}

std::string Others::doubt() const {
  return doubt_of_others(now() - wall_, own_processor_seconds() - own_,
                         all_processor_seconds() - all_,
                         static_cast<int>(std::thread::hardware_concurrency()));
}

std::string doubt_of_others(double wall, double own, double all, int processors) {
  if (wall < kLeastWall) return {};
  const double others = (all - own) / wall;
  if (others <= kMostOthers * processors) return {};
  return text("other programs kept %.1f of %.0f processors busy", others, processors);
}

std::string summary(const std::vector<Doubt>& doubts) {
  if (doubts.empty()) return {};
  const Doubt& first = doubts.front();
  std::string line = "figures are not to be trusted: ";
  if (!first.workload.empty()) line += first.workload + ": ";
  line += first.reason;
  if (const std::size_t more = doubts.size() - 1; more > 0) {
    line += " (and " + std::to_string(more) + (more == 1 ? " reason more)" : " reasons more)");
  }
  return line + "; run it again while the machine is quiet, with more --samples or --seconds";
}

}  // namespace seqfeat::bench
