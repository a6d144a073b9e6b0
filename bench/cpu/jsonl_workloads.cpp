// SPDX-License-Identifier: Apache-2.0
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "bench/cpu/baselines.hpp"
#include "bench/cpu/inputs.hpp"
#ifdef SEQFEAT_BENCH_SIMDJSON
#include "bench/cpu/simdjson_rows.hpp"
#endif
#include "io/line_reader.hpp"
#include "run/row_batch.hpp"
#include "spec/json_text.hpp"

// jsonl/…: lines of JSON into ragged batches.

namespace seqfeat::bench {
namespace {

/// A row's tokens as Python's json module writes them.
std::string line_of(const RaggedView& view, std::int64_t row) {
  const auto* integers = static_cast<const std::int64_t*>(view.data);
  std::string out = "{\"tokens\": [";
  for (std::int64_t i = view.row_offsets[row]; i < view.row_offsets[row + 1]; ++i) {
    if (i > view.row_offsets[row]) out += ", ";
    out += is_integer(view.dtype) ? std::to_string(integers[i])
                                  : json_string(string_at(view.data, view.byte_offsets, i));
  }
  return out + "]}";
}

struct Lines {
  ParseSpec spec;
  std::string text;
  Features last;  ///< The last batch, as parsed from records.
};

/// Reads all lines in batches; Rows is a reader's.
template <class Rows>
struct Reading {
  std::shared_ptr<Lines> lines;
  std::shared_ptr<Rows> rows;

  void operator()() const {
    LineReader reader(ByteSource(lines->text, Compression::none, "memory"));
    rows->clear();
    while (const auto line = reader.next()) {
      if (rows->rows() == kBatchRows) rows->clear();
      rows->add(*line);
    }
  }
};

std::string difference_of(const RaggedView& a, const RaggedView& b) {
  if (a.rows() != b.rows() || a.value_count != b.value_count) return "other rows or tokens";
  for (std::int64_t row = 0; row < a.rows(); ++row) {
    if (line_of(a, row) != line_of(b, row)) return "row " + std::to_string(row) + " differs";
  }
  return {};
}

#ifdef SEQFEAT_BENCH_SIMDJSON
/// The same by simdjson, which is held against the records as ours is.
void add_simdjson(CpuJob& job, const std::shared_ptr<Lines>& lines) {
  lines->text.reserve(lines->text.size() + SimdjsonRows::kPadding);
  const DType dtype = lines->spec.begin()->second;
  auto alone = std::make_shared<SimdjsonRows>(dtype);
  auto together = std::make_shared<SimdjsonRows>(dtype);
  job.baselines.push_back({"simdjson, line by line", Reading<SimdjsonRows>{lines, alone}});
  job.baselines.push_back({"simdjson, a megabyte of lines at once",
                           [lines, together] { together->read(lines->text, kBatchRows); }});
  job.difference = [lines, alone, together, ours = std::move(job.difference)] {
    for (const auto& rows : {alone, together}) {
      const std::string theirs = difference_of(rows->view(), *lines->last.find("tokens"));
      if (!theirs.empty()) return "simdjson: " + theirs;
    }
    return ours();
  };
}
#endif

CpuJob jsonl_job(const CpuContext& context, Source source) {
  auto lines = std::make_shared<Lines>();
  const Records records = source(context);
  lines->spec = records.spec;
  CpuJob job;
  for (Features& batch : batches_of(records)) {
    const RaggedView& view = *batch.find("tokens");
    for (std::int64_t row = 0; row < view.rows(); ++row) {
      lines->text += line_of(view, row) + "\n";
    }
    job.tokens += view.value_count;
    lines->last = std::move(batch);
  }
  job.bytes = std::ssize(lines->text);
  const auto reading = [&](run::JsonlWay way) {
    return Reading<run::RowBatch>{lines, run::make_jsonl_rows(lines->spec, {}, way)};
  };
  const Reading ours = reading(run::JsonlWay::plain_first);
  job.ours = ours;
  job.baselines.push_back({"the JSON library", reading(run::JsonlWay::library)});
  job.difference = [ours] {
    const Features features = ours.rows->features();
    return difference_of(*features.find("tokens"), *ours.lines->last.find("tokens"));
  };
#ifdef SEQFEAT_BENCH_SIMDJSON
  add_simdjson(job, lines);
#endif
  job.baselines.push_back(large_memcpy_of(context, job.bytes));
  return job;
}

}  // namespace

std::vector<CpuWorkload> cpu_jsonl_workloads() {
  return {cpu_workload("jsonl/setmm", jsonl_job, set_mm), cpu_workload("jsonl/w5", jsonl_job, w5),
          cpu_workload("jsonl/int64", jsonl_job, integers)};
}

}  // namespace seqfeat::bench
