// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "bench/cpu/baselines.hpp"
#include "bench/cpu/inputs.hpp"
#include "bench/inputs.hpp"
#include "layer/arena.hpp"

// pack/…: what a batch for a device costs the host. It is checked, measured and packed into the
// arena from which it would be copied.

namespace seqfeat::bench {
namespace {

using Batches = std::vector<Features>;

detail::CompiledColumns columns_over(const Features& batch) {
  std::vector<Column> columns;
  for (const auto& [key, view] : batch.views()) {
    columns.emplace_back(sequence_categorical_column_with_hash_bucket(key, 1000, view.dtype));
  }
  return detail::CompiledColumns(std::move(columns));
}

/// The batch as somebody else would hand it over, so that its offsets are checked.
Features untrusted(const Features& batch) {
  Features views;
  for (const auto& [key, owned] : batch.views()) {
    RaggedView view = owned;
    view.trusted = false;
    views.set(key, view);
  }
  return views;
}

/// Packs batches, each into the same arena.
class BatchPacker {
 public:
  BatchPacker(const CpuContext& context, Batches batches, const LayerOptions& options, Turns turns)
      : owned_(std::move(batches)),
        options_(options),
        columns_(columns_over(owned_.front())),
        turns_(turns) {
    std::int64_t most = 0;
    for (const Features& batch : owned_) {
      batches_.push_back(untrusted(batch));
      detail::measure(columns_, options_, batches_.back(), measured_);
      most = std::max(most, detail::arena_bytes(columns_, measured_.sizes, false));
      tokens_ += measured_.sizes.tokens;
    }
    arena_ = Buffer(context.backend.memory(), most, kHostStream);
    for (const Features& batch : batches_) sizes_.push_back(pack(batch));
  }

  /// Packs the next part of the batches.
  void run() {
    const Range range = turns_.next(std::ssize(batches_));
    for (std::int64_t i = range.begin; i < range.end; ++i) {
      pack(batches_[static_cast<std::size_t>(i)]);
    }
  }

  [[nodiscard]] std::int64_t tokens() const noexcept { return tokens_; }
  [[nodiscard]] const std::vector<std::int64_t>& sizes() const noexcept { return sizes_; }

  /// The arena against the batch packed last, token by token.
  [[nodiscard]] std::string difference() const;

 private:
  std::int64_t pack(const Features& batch) {
    detail::measure(columns_, options_, batch, measured_);
    auto* arena = arena_.as<std::byte>();
    return detail::fill_arena(columns_, PadRule::of(options_), measured_, false,
                              detail::Layout::padded, false, false, arena, arena);
  }

  Batches owned_;
  LayerOptions options_;
  detail::CompiledColumns columns_;
  Turns turns_;
  Batches batches_;
  detail::MeasuredBatch measured_;
  Buffer arena_;
  std::int64_t tokens_ = 0;
  std::vector<std::int64_t> sizes_;
};

bool same_token(const RaggedView& a, std::int64_t i, const RaggedView& b, std::int64_t j) {
  if (is_integer(a.dtype)) {
    return integer_at(a.data, a.dtype, i) == integer_at(b.data, b.dtype, j);
  }
  return string_at(a.data, a.byte_offsets, i) == string_at(b.data, b.byte_offsets, j);
}

std::string BatchPacker::difference() const {
  const auto* header = arena_.as<const detail::BatchHeader>();
  for (std::size_t f = 0; f < columns_.features.size(); ++f) {
    const RaggedView& given = *batches_.back().find(columns_.features[f].key);
    const RaggedView& packed = detail::features_of(header)[f].view;
    for (std::int64_t row = 0; row < given.rows(); ++row) {
      // Each step of these batches has one value, and rows keep their first steps.
      const std::int64_t from = given.row_offsets[row];
      const std::int64_t to = packed.row_offsets[row];
      const std::int64_t kept = std::min(given.row_offsets[row + 1] - from,
                                         options_.max_length.value_or(PadRule::kNoLimit));
      if (packed.row_offsets[row + 1] - to != kept) return "a row's length differs";
      for (std::int64_t i = 0; i < kept; ++i) {
        if (!same_token(given, from + i, packed, to + i)) return "a token differs";
      }
    }
  }
  return "";
}

/// A round of batches, made anew each time.
using Round = std::function<Batches(const CpuContext&)>;

/// One batch again and again, the largest of a round.
Batches cached(const CpuContext& context, const Round& source) {
  const auto tokens = [](const Features& batch) {
    return batch.views().begin()->second.value_count;
  };
  Batches round = source(context);
  Batches one;
  one.push_back(std::move(*std::max_element(
      round.begin(), round.end(),
      [&](const Features& a, const Features& b) { return tokens(a) < tokens(b); })));
  return one;
}

/// Rounds enough to leave the caches behind.
Batches streamed(const CpuContext& context, const Round& source) {
  Batches all;
  for (std::int64_t left = context.scaled(std::int64_t{16} << 20, 1); left > 0;) {
    for (Features& batch : source(context)) {
      for (const auto& [key, view] : batch.views()) left -= view.value_count + view.rows();
      all.push_back(std::move(batch));
    }
  }
  return all;
}

CpuJob pack_job(const CpuContext& context, Batches batches, const LayerOptions& options) {
  const Turns turns(static_cast<int>(std::min<std::int64_t>(std::ssize(batches), kStreamedParts)));
  auto packer = std::make_shared<BatchPacker>(context, std::move(batches), options, turns);
  CpuJob job;
  job.parts = turns.parts();
  job.tokens = packer->tokens();
  for (const std::int64_t size : packer->sizes()) job.bytes += 2 * size;
  job.ours = [packer] { packer->run(); };
  job.baselines.push_back(memcpy_of(context, packer->sizes(), turns));
  job.difference = [packer] { return packer->difference(); };
  return job;
}

/// W5's rows with integers of 1 to 18 digits for words.
Batches w5_integers(const CpuContext& context) {
  Batches all;
  for (const Features& words : batches_of(w5(context))) {
    const RaggedView& view = words.views().begin()->second;
    const std::vector<std::int64_t> values = log_uniform(view.value_count, 23);
    Ragged batch(DType::int64);
    for (std::int64_t row = 0; row < view.rows(); ++row) {
      const std::int64_t begin = view.row_offsets[row];
      batch.add_integers(
          std::span(values).subspan(static_cast<std::size_t>(begin),
                                    static_cast<std::size_t>(view.row_offsets[row + 1] - begin)));
      batch.end_steps();
      batch.end_row();
    }
    all.emplace_back().set("tokens", std::move(batch));
  }
  return all;
}

/// A word in each of 26 columns, as categories of one value are.
Batches w10(const CpuContext& context) {
  Batches all;
  all.push_back(words(context.scaled(1000, 8), 1, 26));
  return all;
}

}  // namespace

std::vector<CpuWorkload> cpu_pack_workloads() {
  std::vector<CpuWorkload> all;
  const auto add = [&all](const std::string& name, const Round& source,
                          const LayerOptions& options) {
    const auto add_one = [&](const char* suffix, auto* batches) {
      all.push_back(cpu_workload(name + suffix, [=](const CpuContext& context) {
        return pack_job(context, batches(context, source), options);
      }));
    };
    add_one("/cached", &cached);
    add_one("/streamed", &streamed);
  };
  const Round set_mm_rows = [](const CpuContext& context) { return batches_of(set_mm(context)); };
  const Round w5_strings = [](const CpuContext& context) { return batches_of(w5(context)); };
  add("pack/setmm512", set_mm_rows, kCut);
  add("pack/w5/strings", w5_strings, {});
  add("pack/w5/integers", w5_integers, {});
  add("pack/w10", w10, {});
  return all;
}

}  // namespace seqfeat::bench
