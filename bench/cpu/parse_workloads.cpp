// SPDX-License-Identifier: Apache-2.0
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "bench/cpu/baselines.hpp"
#include "bench/cpu/inputs.hpp"

// parse/…, crc32c: what begins with the bytes of a TFRecord file.

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
  return {cpu_workload("parse/setmm", parse_job, set_mm), cpu_workload("parse/w5", parse_job, w5),
          cpu_workload("parse/int64", parse_job, integers), cpu_workload("crc32c", crc_job)};
}

}  // namespace seqfeat::bench
