// SPDX-License-Identifier: Apache-2.0
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <optional>
#include <vector>

#include "io/atomic_file.hpp"
#include "io/tfrecord_frame.hpp"
#include "seqfeat/error.hpp"
#include "seqfeat/tfrecord.hpp"

namespace seqfeat {
namespace {

constexpr std::size_t kOutBytes = std::size_t{64} << 10;
constexpr std::size_t kLargestChunk = std::size_t{1} << 30;  // zlib counts in 32 bits
constexpr int kMemoryLevel = 8;                              // zlib's default

/// Makes one gzip member or zlib stream. Equal input makes equal bytes: no time is stored.
class Deflater {
 public:
  explicit Deflater(Compression format) : stream_(new z_stream{}), out_(kOutBytes) {
    const int window = format == Compression::gzip ? 15 + 16 : 15;
    if (::deflateInit2(stream_.get(), Z_DEFAULT_COMPRESSION, Z_DEFLATED, window, kMemoryLevel,
                       Z_DEFAULT_STRATEGY) != Z_OK) {
      throw OutOfMemory("no memory for deflating", sizeof(z_stream));
    }
  }

  /// Compresses `bytes` and appends what is ready to `file`.
  void write(std::string_view bytes, AtomicFile& file) {
    while (!bytes.empty()) {
      const std::size_t count = std::min(bytes.size(), kLargestChunk);
      stream_->next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(bytes.data()));
      stream_->avail_in = static_cast<uInt>(count);
      run(Z_NO_FLUSH, file);
      bytes.remove_prefix(count);
    }
  }
  /// Appends the rest. Nothing can be compressed afterwards.
  void finish(AtomicFile& file) { run(Z_FINISH, file); }

 private:
  struct End {
    void operator()(z_stream* stream) const noexcept {
      ::deflateEnd(stream);
      delete stream;  // NOLINT(cppcoreguidelines-owning-memory)
    }
  };

  void run(int flush, AtomicFile& file) {
    do {
      stream_->next_out = reinterpret_cast<Bytef*>(out_.data());
      stream_->avail_out = static_cast<uInt>(out_.size());
      ::deflate(stream_.get(), flush);
      file.write(std::span(out_).first(out_.size() - stream_->avail_out));
    } while (stream_->avail_out == 0);  // a full buffer: there may be more
  }

  std::unique_ptr<z_stream, End> stream_;  // zlib keeps its address
  std::vector<std::byte> out_;
};

}  // namespace

struct TfRecordWriter::Impl {
  explicit Impl(const std::filesystem::path& path) : file(path) {}

  AtomicFile file;
  std::optional<Deflater> deflater;

  void append(std::string_view bytes) {
    if (deflater) {
      deflater->write(bytes, file);
    } else {
      file.write(bytes);
    }
  }
};

TfRecordWriter::TfRecordWriter(const std::filesystem::path& file, Compression compression) {
  if (compression == Compression::automatic) {
    throw InvalidArgument("compression: got automatic, expected none, gzip or zlib for writing");
  }
  impl_ = std::make_unique<Impl>(file);
  if (compression != Compression::none) impl_->deflater.emplace(compression);
}

TfRecordWriter::TfRecordWriter(TfRecordWriter&&) noexcept = default;
TfRecordWriter& TfRecordWriter::operator=(TfRecordWriter&&) noexcept = default;
TfRecordWriter::~TfRecordWriter() = default;

void TfRecordWriter::write(std::string_view record) {
  std::array<char, kHeaderBytes> header{};
  const std::uint64_t length = record.size();
  std::memcpy(header.data(), &length, sizeof length);
  const std::uint32_t length_crc = masked_crc({header.data(), sizeof length});
  std::memcpy(header.data() + sizeof length, &length_crc, sizeof length_crc);
  std::array<char, kFooterBytes> footer{};
  const std::uint32_t record_crc = masked_crc(record);
  std::memcpy(footer.data(), &record_crc, sizeof record_crc);

  impl_->append({header.data(), header.size()});
  impl_->append(record);
  impl_->append({footer.data(), footer.size()});
}

void TfRecordWriter::close() {
  if (impl_->deflater) impl_->deflater->finish(impl_->file);
  impl_->file.commit();
}

}  // namespace seqfeat
