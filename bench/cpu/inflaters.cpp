// SPDX-License-Identifier: Apache-2.0
#include "bench/cpu/inflaters.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "seqfeat/error.hpp"

#ifdef SEQFEAT_BENCH_LIBDEFLATE
#include <libdeflate.h>
#endif
#ifdef SEQFEAT_BENCH_ISAL
#include <isa-l/igzip_lib.h>
#endif

namespace seqfeat::bench {

#ifdef SEQFEAT_BENCH_LIBDEFLATE
namespace {

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

}  // namespace
#endif

#ifdef SEQFEAT_BENCH_ISAL
namespace {

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

}  // namespace
#endif

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

}  // namespace seqfeat::bench
