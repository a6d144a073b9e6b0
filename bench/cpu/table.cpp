// SPDX-License-Identifier: Apache-2.0
#include "bench/cpu/bench.hpp"

#include <algorithm>
#include <cstdio>

#include "bench/harness.hpp"

namespace seqfeat::bench {
namespace {

/// `value` with three digits, "-" where nothing was measured.
std::string number(double value, const char* unit = "") {
  return value > 0 ? rounded(value, unit) : "-";
}

std::string duration(double seconds) {
  if (seconds < 1e-6) return number(seconds * 1e9, " ns");
  if (seconds < 1e-3) return number(seconds * 1e6, " us");
  if (seconds < 1) return number(seconds * 1e3, " ms");
  return number(seconds, " s");
}

double rate(double amount, double seconds) {
  return seconds > 0 ? amount / seconds : 0;
}

std::string results_table(const Report& report) {
  std::size_t widest = 8;
  for (const Result& result : report.results) widest = std::max(widest, result.workload.size());
  std::string text;
  // One line: names to the left, figures to the right.
  const auto add = [&](const std::string& name, const std::string& time, const std::string& tokens,
                       const std::string& bytes, const std::string& against,
                       const std::string& ratio) {
    char line[256];
    std::snprintf(line, sizeof line, "%-*s  %9s  %10s  %6s  %-37s  %6s\n", static_cast<int>(widest),
                  name.c_str(), time.c_str(), tokens.c_str(), bytes.c_str(), against.c_str(),
                  ratio.c_str());
    text += line;
  };
  add("workload", "a pass", "M tokens/s", "GB/s", "against", "speed");
  for (const Result& result : report.results) {
    const double seconds = percentile(result.samples, 0.5);
    const auto speed = [&](const std::vector<double>& samples) {
      return number(rate(percentile(samples, 0.5), seconds), "x");
    };
    add(result.workload, duration(seconds),
        number(rate(static_cast<double>(result.tokens) * 1e-6, seconds)),
        number(rate(static_cast<double>(result.bytes) * 1e-9, seconds)),
        result.baseline.empty() ? "-" : result.baseline, speed(result.baseline_samples));
    for (const Reference& reference : result.references) {
      add("", "", "", "", reference.name, speed(reference.samples));
    }
  }
  return text;
}

std::string scaling_table(const std::vector<Scaling>& scalings) {
  std::string text = "time grows like size^exponent; 1 is linear, -1 for threads\n";
  for (const Scaling& scaling : scalings) {
    char line[256];
    std::snprintf(line, sizeof line,
                  "%-16s  %6lld … %-6lld  %9s … %-9s  exponent %5.2f, at most %5.2f (up to %lld)\n",
                  scaling.workload.c_str(), static_cast<long long>(scaling.sizes.front()),
                  static_cast<long long>(scaling.sizes.back()),
                  duration(scaling.seconds.front()).c_str(),
                  duration(scaling.seconds.back()).c_str(), scaling.exponent, scaling.steepest,
                  static_cast<long long>(scaling.steepest_at));
    text += line;
  }
  return text;
}

}  // namespace

std::string to_table(const Report& report) {
  std::string text = "memcpy of " + std::to_string(report.bandwidth.bytes >> 20) +
                     " MiB: " + number(report.bandwidth.copy / 2e9) + " GB/s in one direction\n";
  if (!report.results.empty()) text += "\n" + results_table(report);
  if (!report.scaling.empty()) text += "\n" + scaling_table(report.scaling);
  if (report.doubts && !report.doubts->empty()) text += "\nNot to be trusted:\n";
  for (const Doubt& doubt : report.doubts.value_or(std::vector<Doubt>{})) {
    text += "  " + (doubt.workload.empty() ? "all" : doubt.workload) + ": " + doubt.reason + "\n";
  }
  return text + failures_text(report);
}

}  // namespace seqfeat::bench
