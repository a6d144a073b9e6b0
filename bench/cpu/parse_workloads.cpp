// SPDX-License-Identifier: Apache-2.0
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "bench/cpu/baselines.hpp"
#include "bench/cpu/inputs.hpp"
#include "bench/cpu/layer_job.hpp"

// parse/…, crc32c, end_to_end/…: what begins with the bytes of a TFRecord file.

namespace seqfeat::bench {
namespace {

using Source = Records (*)(const CpuContext&);

CpuJob parse_job(const CpuContext& context, Source source) {
  auto records = std::make_shared<Records>(source(context));
  auto parser = std::make_shared<ExampleParser>(kTokens, RecordKind::example);
  CpuJob job;
  for (const Features& batch : batches_of(*records)) {
    job.tokens += batch.find("tokens")->value_count;
  }
  job.bytes = std::ssize(records->bytes);
  job.ours = [records, parser] {
    TfRecordReader reader(records->bytes, Compression::none, "memory");
    for (std::int64_t row = 0; const auto record = reader.next(); ++row) {
      if (row % kBatchRows == 0) parser->clear();
      parser->add(*record, row);
    }
  };
  job.baselines.push_back(large_memcpy_of(context, job.bytes));
  return job;
}

CpuJob end_to_end_job(const CpuContext& context, Source source, std::int64_t dim,
                      std::int64_t buckets) {
  auto records = std::make_shared<Records>(source(context));
  auto parser = std::make_shared<ExampleParser>(kTokens, RecordKind::example);
  auto batches = std::make_shared<std::vector<Features>>(batches_of(*records));
  auto runner = std::make_shared<LayerRunner>(tokens_layer(context, dim, buckets));
  runner->reserve(*batches);
  CpuJob job;
  job.bytes = std::ssize(records->bytes);
  add_layer_limits(job, context, *runner, *batches);
  job.ours = [records, parser, runner] {
    TfRecordReader reader(records->bytes, Compression::none, "memory");
    std::int64_t row = 0;
    const auto flush = [&] {
      if (parser->rows() > 0) runner->run(parser->features());
      parser->clear();
    };
    parser->clear();
    while (const auto record = reader.next()) {
      parser->add(*record, row++);
      if (parser->rows() == kBatchRows) flush();
    }
    flush();
  };
  job.difference = [batches, runner] { return difference_of(*runner, batches->back(), "tokens"); };
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
    all.push_back(
        {std::move(name), [=](const CpuContext& context) { return job(context, arguments...); }});
  };
  add("parse/setmm", parse_job, set_mm);
  add("parse/w5", parse_job, w5);
  add("crc32c", crc_job);
  for (const std::int64_t dim : {10, 64}) {
    add("end_to_end/setmm512/d" + std::to_string(dim), end_to_end_job, set_mm, dim,
        std::int64_t{1000});
  }
  return all;
}

}  // namespace seqfeat::bench
