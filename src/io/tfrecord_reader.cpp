// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <utility>

#include "backend/concat.hpp"
#include "io/byte_source.hpp"
#include "io/tfrecord_frame.hpp"
#include "seqfeat/error.hpp"
#include "seqfeat/tfrecord.hpp"

namespace seqfeat {
namespace {

/// A plain file may begin like a compressed one (a first record of 376 bytes like zlib), but then
/// its length has the right CRC.
void detect(ByteSource& source, Compression compression) {
  const bool plain =
      compression == Compression::automatic && length_of(source.peek(kHeaderBytes)).has_value();
  if (!plain) source.inflate(compression);
}

}  // namespace

struct TfRecordReader::Impl {
  ByteSource source;

  [[noreturn]] void fail(const std::string& reason) const {
    const char* hint = source.offset() == 0 ? "; is this a TFRecord file?" : "";
    throw DataError({.file = source.name(), .offset = source.offset()},
                    detail::concat("the record that begins here ", reason, hint));
  }
};

TfRecordReader::TfRecordReader(const std::filesystem::path& file, Compression compression)
    : impl_(new Impl{ByteSource(file, Compression::none)}) {
  detect(impl_->source, compression);
}

TfRecordReader::TfRecordReader(std::string_view bytes, Compression compression, std::string name)
    : impl_(new Impl{ByteSource(bytes, Compression::none, std::move(name))}) {
  detect(impl_->source, compression);
}

TfRecordReader::TfRecordReader(TfRecordReader&&) noexcept = default;
TfRecordReader& TfRecordReader::operator=(TfRecordReader&&) noexcept = default;
TfRecordReader::~TfRecordReader() = default;

std::optional<std::string_view> TfRecordReader::next() {
  ByteSource& source = impl_->source;
  const std::string_view header = source.peek(kHeaderBytes);
  if (header.empty()) return std::nullopt;
  if (header.size() < kHeaderBytes) {
    impl_->fail(
        detail::concat("is cut: got ", header.size(), " bytes of its header of ", kHeaderBytes));
  }
  const auto length = length_of(header);
  if (!length) impl_->fail("is damaged: its length has a wrong CRC");
  if (*length > kLargestRecord) impl_->fail(detail::concat("claims ", *length, " bytes"));

  const auto size = static_cast<std::size_t>(*length);
  const std::string_view frame = source.peek(kHeaderBytes + size + kFooterBytes);
  if (frame.size() < kHeaderBytes + size + kFooterBytes) {
    impl_->fail(detail::concat("is cut: got ", frame.size() - kHeaderBytes, " bytes, expected ",
                               size, " and a CRC"));
  }
  const std::string_view record = frame.substr(kHeaderBytes, size);
  if (masked_crc(record) != load<std::uint32_t>(frame.substr(kHeaderBytes + size))) {
    impl_->fail("is damaged: its data has a wrong CRC");
  }
  source.skip(kHeaderBytes + size + kFooterBytes);
  return record;
}

std::int64_t TfRecordReader::offset() const noexcept {
  return impl_->source.offset();
}

bool TfRecordReader::compressed() const noexcept {
  return impl_->source.compressed();
}

}  // namespace seqfeat
