// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <cstring>
#include <optional>

#include "io/atomic_file.hpp"
#include "io/deflater.hpp"
#include "io/tfrecord_frame.hpp"
#include "seqfeat/error.hpp"
#include "seqfeat/tfrecord.hpp"

namespace seqfeat {

struct TfRecordWriter::Impl {
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
  impl_.reset(new Impl{AtomicFile(file), {}});
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
