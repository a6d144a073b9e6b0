// SPDX-License-Identifier: Apache-2.0
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "bench/cpu/baselines.hpp"
#include "bench/cpu/inputs.hpp"
#include "bench/cpu/layer_job.hpp"

// parse/…, crc32c, end_to_end/…: what begins with the bytes of a TFRecord file.

namespace seqfeat::bench {
namespace {

CpuJob parse_job(const CpuContext& context, Source source) {
  auto records = std::make_shared<Records>(source(context));
  auto parser = std::make_shared<ExampleParser>(records->spec, RecordKind::example);
  CpuJob job;
  job.tokens = tokens_in(batches_of(*records));
  job.bytes = std::ssize(records->bytes);
  job.ours = [records, parser] {
    read_all({records->bytes, Compression::none, "memory"}, *parser);
  };
  job.baselines.push_back(large_memcpy_of(context, job.bytes));
  return job;
}

/// What one thread needs to make outputs of records.
struct Worker {
  ExampleParser parser{kTokens, RecordKind::example};
  LayerRunner runner;

  /// Reads a batch; false if no record is left.
  bool read(TfRecordReader& reader) {
    parser.clear();
    while (parser.rows() < kBatchRows) {
      const auto record = reader.next();
      if (!record) break;
      parser.add(*record, parser.rows());
    }
    return parser.rows() > 0;
  }
};

/// Threads take batches in turn: one reads while the others compute.
CpuJob end_to_end_job(const CpuContext& context, Source source, std::int64_t dim,
                      std::int64_t buckets) {
  auto records = std::make_shared<Records>(source(context));
  auto batches = std::make_shared<std::vector<Features>>(batches_of(*records));
  auto workers = std::make_shared<std::vector<Worker>>();
  const CpuContext alone = context.with_one_thread();
  for (int i = 0; i < context.threads; ++i) {
    workers->push_back({.runner = tokens_layer(alone, dim, buckets)});
    workers->back().runner.reserve(*batches);
  }
  CpuJob job;
  job.bytes = std::ssize(records->bytes);
  add_layer_limits(job, context, workers->front().runner, *batches);
  job.ours = [records, workers, pool = context.pool] {
    TfRecordReader reader(records->bytes, Compression::none, "memory");
    std::mutex turn;
    pool->run(std::ssize(*workers), [&](std::int64_t i) {
      Worker& worker = (*workers)[static_cast<std::size_t>(i)];
      for (;;) {
        {
          const std::lock_guard lock(turn);
          if (!worker.read(reader)) return;
        }
        worker.runner.run(worker.parser.features());
      }
    });
  };
  job.difference = [batches, workers] {
    LayerRunner& runner = workers->front().runner;
    runner.run(batches->back());  // threads take other batches each time
    return difference_of(runner, batches->back(), "tokens");
  };
  return job;
}

CpuJob crc_job(const CpuContext& context) {
  const std::int64_t size = context.scaled(std::int64_t{64} << 20, 4096);
  auto bytes = std::make_shared<std::vector<std::byte>>(static_cast<std::size_t>(size));
  auto ours = std::make_shared<std::uint32_t>();
  auto other = std::make_shared<std::uint32_t>();
  CpuJob job;
  job.bytes = size;
  job.ours = [bytes, ours] { *ours = crc32c(*bytes); };
  if (CpuBaseline stream = crc_by_one_stream(*bytes, other); stream.pass) {
    job.baselines.push_back(std::move(stream));
    job.difference = [ours, other] { return std::string(*ours == *other ? "" : "CRCs differ"); };
  }
  job.baselines.push_back(large_memcpy_of(context, size));
  return job;
}

}  // namespace

std::vector<CpuWorkload> cpu_parse_workloads() {
  std::vector<CpuWorkload> all;
  const auto add = [&all](std::string name, auto job, auto... arguments) {
    all.push_back({std::move(name), "",
                   [=](const CpuContext& context) { return job(context, arguments...); }});
  };
  add("parse/setmm", parse_job, set_mm);
  add("parse/w5", parse_job, w5);
  add("parse/int64", parse_job, integers);
  add("crc32c", crc_job);
  for (const std::int64_t dim : {10, 64}) {
    add("end_to_end/setmm512/d" + std::to_string(dim), end_to_end_job, set_mm, dim,
        std::int64_t{1000});
  }
  return all;
}

}  // namespace seqfeat::bench
