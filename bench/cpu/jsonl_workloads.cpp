// SPDX-License-Identifier: Apache-2.0
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "bench/cpu/baselines.hpp"
#include "bench/cpu/inputs.hpp"
#include "io/line_reader.hpp"
#include "run/row_batch.hpp"
#include "spec/json_text.hpp"

// jsonl/…: lines of JSON into ragged batches.

namespace seqfeat::bench {
namespace {

/// A row's tokens as Python's json module writes them.
std::string line_of(const RaggedView& view, std::int64_t row) {
  const auto* bytes = static_cast<const char*>(view.data);
  std::string out = "{\"tokens\": [";
  for (std::int64_t i = view.row_offsets[row]; i < view.row_offsets[row + 1]; ++i) {
    if (i > view.row_offsets[row]) out += ", ";
    out += json_string({bytes + view.byte_offsets[i], bytes + view.byte_offsets[i + 1]});
  }
  return out + "]}";
}

struct Lines {
  std::string text;
  Features last;  ///< The last batch, as parsed from records.
};

/// Reads all lines in batches.
struct Reading {
  std::shared_ptr<Lines> lines;
  std::shared_ptr<run::RowBatch> rows;

  void operator()() const {
    LineReader reader(ByteSource(lines->text, Compression::none, "memory"));
    rows->clear();
    while (const auto line = reader.next()) {
      if (rows->rows() == kBatchRows) rows->clear();
      rows->add(*line);
    }
  }
};

std::string difference_of(const Features& ours, const Features& other) {
  const RaggedView& a = *ours.find("tokens");
  const RaggedView& b = *other.find("tokens");
  if (a.rows() != b.rows() || a.value_count != b.value_count) return "other rows or tokens";
  for (std::int64_t row = 0; row < a.rows(); ++row) {
    if (line_of(a, row) != line_of(b, row)) return "row " + std::to_string(row) + " differs";
  }
  return {};
}

CpuJob jsonl_job(const CpuContext& context, Records (*source)(const CpuContext&)) {
  auto lines = std::make_shared<Lines>();
  CpuJob job;
  for (Features& batch : batches_of(source(context))) {
    const RaggedView& view = *batch.find("tokens");
    for (std::int64_t row = 0; row < view.rows(); ++row) {
      lines->text += line_of(view, row) + "\n";
    }
    job.tokens += view.value_count;
    lines->last = std::move(batch);
  }
  job.bytes = std::ssize(lines->text);
  const auto reading = [&](run::JsonlWay way) {
    return Reading{lines, run::make_jsonl_rows(kTokens, {}, way)};
  };
  const Reading ours = reading(run::JsonlWay::plain_first);
  job.ours = ours;
  job.baselines.push_back({"the JSON library", reading(run::JsonlWay::library)});
  job.baselines.push_back(large_memcpy_of(context, job.bytes));
  job.difference = [ours] { return difference_of(ours.rows->features(), ours.lines->last); };
  return job;
}

}  // namespace

std::vector<CpuWorkload> cpu_jsonl_workloads() {
  const auto of = [](Records (*source)(const CpuContext&)) {
    return [=](const CpuContext& context) { return jsonl_job(context, source); };
  };
  return {{"jsonl/setmm", of(set_mm)}, {"jsonl/w5", of(w5)}};
}

}  // namespace seqfeat::bench
