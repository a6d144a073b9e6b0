// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstdint>

#include "cpu/training.hpp"

// Sorts the records of contributions by key: a stable radix sort, over only the bits that keys
// have. A key's records stay in the order of the batch. train.cpp sums each run of a key.

namespace seqfeat::cpu {
namespace {

/// Fewer records are sorted faster than threads wake up.
constexpr std::int64_t kLeastRecords = 1 << 15;

std::uint64_t key_of(NarrowRecord record) noexcept {
  return record >> 32;
}
std::uint64_t key_of(const WideRecord& record) noexcept {
  return record.key;
}

/// Items [0, count) in parts for `parts` threads.
struct Parts {
  std::int64_t count;
  std::int64_t parts;

  [[nodiscard]] std::int64_t begin(std::int64_t p) const noexcept { return count * p / parts; }
};

/// One digit of all records, counted and then moved.
template <class Record>
class Pass {
 public:
  Pass(const Record* from, Record* to, std::uint32_t* histograms, int shift, int bits) noexcept
      : from_(from),
        to_(to),
        histograms_(histograms),
        shift_(shift),
        digits_(std::int64_t{1} << bits) {}

  void run(ThreadPool& pool, const Parts& parts) const {
    pool.run(parts.parts, [&](std::int64_t p) { count(p, parts.begin(p), parts.begin(p + 1)); });
    place(parts.parts);
    pool.run(parts.parts, [&](std::int64_t p) { move(p, parts.begin(p), parts.begin(p + 1)); });
  }

 private:
  [[nodiscard]] std::size_t digit_of(const Record& record) const noexcept {
    return key_of(record) >> shift_ & static_cast<std::uint64_t>(digits_ - 1);
  }
  [[nodiscard]] std::uint32_t* histogram(std::int64_t part) const noexcept {
    return histograms_ + part * digits_;
  }
  void count(std::int64_t part, std::int64_t begin, std::int64_t end) const noexcept {
    std::uint32_t* const counts = histogram(part);
    std::fill_n(counts, digits_, 0);
    for (std::int64_t i = begin; i < end; ++i) ++counts[digit_of(from_[i])];
  }
  /// Counts become places: digit by digit, and part by part in each.
  void place(std::int64_t parts) const noexcept {
    std::uint32_t at = 0;
    for (std::int64_t digit = 0; digit < digits_; ++digit) {
      for (std::int64_t part = 0; part < parts; ++part) {
        std::uint32_t& entry = histogram(part)[digit];
        const std::uint32_t counted = entry;
        entry = at;
        at += counted;
      }
    }
  }
  void move(std::int64_t part, std::int64_t begin, std::int64_t end) const noexcept {
    std::uint32_t* const places = histogram(part);
    for (std::int64_t i = begin; i < end; ++i) to_[places[digit_of(from_[i])]++] = from_[i];
  }

  const Record* from_;
  Record* to_;
  std::uint32_t* histograms_;
  int shift_;
  std::int64_t digits_;
};

template <class Record>
void sort(ThreadPool& pool, const Parts& parts, int bits, Contributions& c) {
  const int passes = std::max((bits + kDigitBits - 1) / kDigitBits, 1);
  const int digit = (bits + passes - 1) / passes;
  for (int shift = 0; shift < bits; shift += digit) {
    Pass(static_cast<const Record*>(c.records), static_cast<Record*>(c.other_records), c.histograms,
         shift, std::min(digit, bits - shift))
        .run(pool, parts);
    std::swap(c.records, c.other_records);
  }
}

/// Where runs of equal keys begin, from record `begin` on, at `to`; returns how many.
template <class Record>
std::int64_t find_starts(const Record* records, std::int64_t begin, std::int64_t end,
                         std::uint32_t* to) noexcept {
  std::int64_t runs = 0;
  std::uint64_t last = begin > 0 ? key_of(records[begin - 1]) : ~key_of(records[0]);
  for (std::int64_t i = begin; i < end; ++i) {  // without a branch that could be mispredicted
    to[runs] = static_cast<std::uint32_t>(i);
    const std::uint64_t key = key_of(records[i]);
    runs += key != last ? 1 : 0;
    last = key;
  }
  return runs;
}

/// Writes the starts of all runs. Each part writes where its records begin, where there is room for
/// as many runs; then they close up.
template <class Record>
void find_runs(ThreadPool& pool, const Parts& parts, Contributions& c) {
  const auto* records = static_cast<const Record*>(c.records);
  std::uint32_t* const counts = c.histograms;
  pool.run(parts.parts, [&](std::int64_t p) {
    counts[p] = static_cast<std::uint32_t>(
        find_starts(records, parts.begin(p), parts.begin(p + 1), c.starts + parts.begin(p)));
  });
  c.runs = counts[0];
  for (std::int64_t p = 1; p < parts.parts; ++p) {
    const std::uint32_t* from = c.starts + parts.begin(p);
    std::copy(from, from + counts[p], c.starts + c.runs);
    c.runs += counts[p];
  }
}

/// Lists the runs of more than kPart. Such a run has two neighbours of every kPart / 2 records.
void find_long_runs(Contributions& c) noexcept {
  constexpr std::int64_t kStride = kPart / 2;
  c.long_runs = 0;
  c.parts = 0;
  for (std::int64_t i = 0; i + kStride < c.count;) {
    const std::int64_t key = c.key(i);
    if (c.key(i + kStride) != key) {
      i += kStride;
      continue;
    }
    const std::uint32_t* run = std::upper_bound(c.starts, c.starts + c.runs, i) - 1;
    const std::int64_t size = std::int64_t{run[1]} - run[0];
    if (size > kPart) {
      c.long_list[c.long_runs++] = {static_cast<std::uint32_t>(run - c.starts),
                                    static_cast<std::uint32_t>(c.parts)};
      c.parts += (size - 1) / kPart + 1;
    }
    i = (run[1] + kStride - 1) / kStride * kStride;
  }
}

template <class Record>
void group_records(ThreadPool& pool, const TrainingArgs& args, Contributions& c) {
  const std::int64_t most = std::min<std::int64_t>(pool.threads(), kSorters);
  const Parts parts{c.count, c.count < kLeastRecords ? 1 : most};
  sort<Record>(pool, parts, key_bits(args.shape), c);
  find_runs<Record>(pool, parts, c);
  // What has no row has the last key.
  c.starts[c.runs] = static_cast<std::uint32_t>(c.count);
  if (c.key(c.count - 1) == args.shape.keys) c.count = c.starts[--c.runs];
  find_long_runs(c);
}

}  // namespace

void group(ThreadPool& pool, const TrainingArgs& args) {
  Contributions& c = contributions_of(args);
  if (c.count == 0) return;
  c.wide ? group_records<WideRecord>(pool, args, c) : group_records<NarrowRecord>(pool, args, c);
}

}  // namespace seqfeat::cpu
