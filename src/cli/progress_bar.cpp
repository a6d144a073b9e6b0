// SPDX-License-Identifier: Apache-2.0
#include "cli/progress_bar.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include "backend/try_thread.hpp"

namespace seqfeat::cli {
namespace {

template <class... Values>
std::string format(const char* form, Values... values) {
  std::array<char, 64> text{};
  const int size = std::snprintf(text.data(), text.size(), form, values...);
  return {text.data(), static_cast<std::size_t>(std::max(size, 0))};
}

}  // namespace

std::string short_count(std::int64_t exact) {
  auto count = static_cast<double>(exact);
  constexpr std::array<const char*, 5> kUnits{"", " k", " M", " G", " T"};
  std::size_t unit = 0;
  while (count >= 1000 && unit + 1 < kUnits.size()) {
    count /= 1000;
    ++unit;
  }
  return format(unit == 0 ? "%.0f%s" : "%.3g%s", count, kUnits[unit]);
}

std::string progress_line(std::int64_t rows, std::int64_t tokens, std::int64_t bytes,
                          std::int64_t total, double seconds) {
  constexpr int kWidth = 24;
  std::string line;
  const double done =
      total > 0 ? std::min(1.0, static_cast<double>(bytes) / static_cast<double>(total)) : 0.0;
  if (total > 0) {
    const int full = static_cast<int>(done * kWidth);
    line += "[";
    for (int i = 0; i < kWidth; ++i) line += i < full ? "#" : "-";
    line += format("] %3.0f %%  ", done * 100);
  }
  line += short_count(rows) + " rows  ";
  line += short_count(tokens) + " tokens  ";
  line += short_count(bytes) + "B";
  if (seconds > 0)
    line += "  " + short_count(std::llround(static_cast<double>(tokens) / seconds)) + " tokens/s";
  if (done > 0 && done < 1) line += format("  %.0f s left", seconds * (1 - done) / done);
  return line;
}

ProgressBar::ProgressBar(const run::Progress& progress, bool shown, std::chrono::milliseconds beat)
    : progress_(progress) {
  if (!shown) return;
  const bool terminal = ::isatty(STDERR_FILENO) == 1;
  painter_ = detail::try_thread([this, terminal, beat] { terminal ? show() : tell(beat); });
}

ProgressBar::~ProgressBar() {
  {
    const std::lock_guard lock(mutex_);
    done_ = true;
  }
  changed_.notify_all();
  if (painter_) painter_->join();
}

std::string ProgressBar::line() const {
  return progress_line(progress_.rows, progress_.tokens, progress_.bytes, progress_.total,
                       progress_.seconds());
}

void ProgressBar::show() {
  using std::chrono::milliseconds;
  std::unique_lock lock(mutex_);
  const auto finished = [this] { return done_; };
  if (changed_.wait_for(lock, milliseconds(1000), finished)) return;
  do {
    std::fprintf(stderr, "\r\x1b[K%s", line().c_str());
  } while (!changed_.wait_for(lock, milliseconds(200), finished));
  std::fprintf(stderr, "\r\x1b[K");
}

void ProgressBar::tell(std::chrono::milliseconds beat) {
  std::unique_lock lock(mutex_);
  while (!changed_.wait_for(lock, beat, [this] { return done_; })) {
    std::fprintf(stderr, "seqfeat: %s\n", line().c_str());
  }
}

}  // namespace seqfeat::cli
