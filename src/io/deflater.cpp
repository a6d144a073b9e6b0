// SPDX-License-Identifier: Apache-2.0
#include "io/deflater.hpp"

#include <algorithm>
#include <cstddef>
#include <span>

#include "seqfeat/error.hpp"

namespace seqfeat {
namespace {

constexpr std::size_t kOutBytes = std::size_t{64} << 10;
constexpr std::size_t kLargestChunk = std::size_t{1} << 30;  // zlib counts in 32 bits
constexpr int kMemoryLevel = 8;                              // zlib's default

}  // namespace

Deflater::Deflater(Compression format) : stream_(new z_stream{}), out_(kOutBytes) {
  const int window = format == Compression::gzip ? 15 + 16 : 15;
  if (::deflateInit2(stream_.get(), Z_DEFAULT_COMPRESSION, Z_DEFLATED, window, kMemoryLevel,
                     Z_DEFAULT_STRATEGY) != Z_OK) {
    throw OutOfMemory("no memory for deflating", sizeof(z_stream));
  }
}

void Deflater::write(std::string_view bytes, AtomicFile& file) {
  while (!bytes.empty()) {
    const std::size_t count = std::min(bytes.size(), kLargestChunk);
    stream_->next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(bytes.data()));
    stream_->avail_in = static_cast<uInt>(count);
    run(Z_NO_FLUSH, file);
    bytes.remove_prefix(count);
  }
}

void Deflater::finish(AtomicFile& file) {
  run(Z_FINISH, file);
}

void Deflater::run(int flush, AtomicFile& file) {
  do {
    stream_->next_out = reinterpret_cast<Bytef*>(out_.data());
    stream_->avail_out = static_cast<uInt>(out_.size());
    ::deflate(stream_.get(), flush);
    file.write(std::span(out_).first(out_.size() - stream_->avail_out));
  } while (stream_->avail_out == 0);  // a full buffer: there may be more
}

void Deflater::End::operator()(z_stream* stream) const noexcept {
  ::deflateEnd(stream);
  delete stream;  // NOLINT(cppcoreguidelines-owning-memory)
}

}  // namespace seqfeat
