// SPDX-License-Identifier: Apache-2.0
#include <zlib.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "bench/cpu/baselines.hpp"
#include "bench/cpu/inflaters.hpp"
#include "bench/cpu/inputs.hpp"
#include "seqfeat/error.hpp"

// parse/gzip: a compressed TFRecord file into ragged batches, by zlib and by others.

namespace seqfeat::bench {
namespace {

/// One gzip member, as TensorFlow and `seqfeat convert` write it.
std::string gzip_of(std::string_view bytes) {
  constexpr int kGzipWindow = 15 + 16;
  constexpr int kMemoryLevel = 8;
  z_stream stream{};
  if (::deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, kGzipWindow, kMemoryLevel,
                     Z_DEFAULT_STRATEGY) != Z_OK) {
    throw OutOfMemory("no memory for deflating", sizeof stream);
  }
  std::string out(::deflateBound(&stream, bytes.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const bool whole = ::deflate(&stream, Z_FINISH) == Z_STREAM_END;
  out.resize(stream.total_out);
  ::deflateEnd(&stream);
  if (!whole) throw DataError("the sample could not be compressed in one piece");
  return out;
}

struct Gzip {
  Records records;
  std::string compressed;
  ExampleParser parser{kTokens, RecordKind::example};
  std::string inflated;  ///< By a baseline.

  void parse(std::string_view bytes, Compression compression) {
    read_all({bytes, compression, "memory"}, parser);
  }
};

CpuJob gzip_job(const CpuContext& context) {
  auto state = std::make_shared<Gzip>();
  state->records = set_mm(context);
  state->compressed = gzip_of(state->records.bytes);
  state->inflated.resize(state->records.bytes.size());
  CpuJob job;
  job.tokens = tokens_in(batches_of(state->records));
  job.bytes = std::ssize(state->records.bytes);
  job.ours = [state] { state->parse(state->compressed, Compression::gzip); };
  job.baselines.push_back(
      {"not compressed", [state] { state->parse(state->records.bytes, Compression::none); }});
  for (const GzipInflater& other : gzip_inflaters()) {
    job.baselines.push_back({other.name, [state, inflate = other.inflate] {
                               inflate(state->compressed, state->inflated);
                               state->parse(state->inflated, Compression::none);
                             }});
  }
  job.difference = [state, others = gzip_inflaters()] {
    for (const GzipInflater& other : others) {
      other.inflate(state->compressed, state->inflated);
      if (state->inflated != state->records.bytes) return other.name + ": other bytes";
    }
    return std::string();
  };
  return job;
}

}  // namespace

std::vector<CpuWorkload> cpu_gzip_workloads() {
  return {{"parse/gzip", "", gzip_job}};
}

}  // namespace seqfeat::bench
