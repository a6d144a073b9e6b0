// SPDX-License-Identifier: Apache-2.0
#include <zlib.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "bench/cpu/baselines.hpp"
#include "bench/cpu/inputs.hpp"
#include "seqfeat/error.hpp"

#ifdef SEQFEAT_BENCH_LIBDEFLATE
#include <libdeflate.h>
#endif
#ifdef SEQFEAT_BENCH_ISAL
#include <isa-l/igzip_lib.h>
#endif

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

/// Another library that inflates a gzip file in memory.
struct GzipInflater {
  std::string name;
  /// Overwrites `out`, which has the size of the inflated bytes.
  ///
  /// Throws   DataError if the bytes do not inflate to just that size.
  std::function<void(std::string_view gzip, std::string& out)> inflate;
};

#ifdef SEQFEAT_BENCH_LIBDEFLATE
/// All at once: the library has no other way.
GzipInflater by_libdeflate() {
  const std::shared_ptr<libdeflate_decompressor> state(libdeflate_alloc_decompressor(),
                                                       libdeflate_free_decompressor);
  return {"libdeflate, all at once", [state](std::string_view gzip, std::string& out) {
            if (libdeflate_gzip_decompress(state.get(), gzip.data(), gzip.size(), out.data(),
                                           out.size(), nullptr) != LIBDEFLATE_SUCCESS) {
              throw DataError("libdeflate: got other bytes than one gzip member");
            }
          }};
}
#endif

#ifdef SEQFEAT_BENCH_ISAL
/// In pieces of a megabyte, as a file is read.
GzipInflater by_isal() {
  return {"isa-l, in pieces", [](std::string_view gzip, std::string& out) {
            constexpr std::size_t kPiece = std::size_t{1} << 20;
            auto state = std::make_unique<inflate_state>();
            isal_inflate_init(state.get());
            state->crc_flag = ISAL_GZIP;
            state->next_out = reinterpret_cast<std::uint8_t*>(out.data());
            state->avail_out = static_cast<std::uint32_t>(out.size());
            for (int result = ISAL_DECOMP_OK; state->block_state != ISAL_BLOCK_FINISH;) {
              const std::string_view piece = gzip.substr(0, kPiece);
              gzip.remove_prefix(piece.size());
              state->next_in = reinterpret_cast<std::uint8_t*>(const_cast<char*>(piece.data()));
              state->avail_in = static_cast<std::uint32_t>(piece.size());
              if (!piece.empty()) result = isal_inflate(state.get());
              if (piece.empty() || result != ISAL_DECOMP_OK || state->avail_in != 0) break;
            }
            if (state->block_state != ISAL_BLOCK_FINISH || state->avail_out != 0) {
              throw DataError("isa-l: got other bytes than one gzip member");
            }
          }};
}
#endif

/// Those that were there when this was built.
std::vector<GzipInflater> gzip_inflaters() {
  std::vector<GzipInflater> all;
#ifdef SEQFEAT_BENCH_LIBDEFLATE
  all.push_back(by_libdeflate());
#endif
#ifdef SEQFEAT_BENCH_ISAL
  all.push_back(by_isal());
#endif
  return all;
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
  return {cpu_workload("parse/gzip", gzip_job)};
}

}  // namespace seqfeat::bench
