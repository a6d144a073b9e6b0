// SPDX-License-Identifier: Apache-2.0
#include "io/inflater.hpp"

#include <algorithm>
#include <array>

#include "seqfeat/error.hpp"

namespace seqfeat {
namespace {

constexpr int kZlibWindow = 15;
constexpr int kGzipWindow = 15 + 16;
constexpr std::size_t kLargestChunk = std::size_t{1} << 30;  // zlib counts in 32 bits

unsigned byte_at(std::string_view bytes, std::size_t i) noexcept {
  return static_cast<unsigned char>(bytes[i]);
}

bool has_control_characters(std::string_view bytes) noexcept {
  return std::any_of(bytes.begin(), bytes.end(),
                     [](unsigned char c) { return std::iscntrl(c) != 0 && std::isspace(c) == 0; });
}

bool inflates(std::string_view bytes) {
  Inflater inflater(Compression::zlib);
  std::array<std::byte, 4096> out{};
  do {
    const auto [taken, made, problem] = inflater.run(bytes, out);
    if (problem != nullptr) return false;
    if (taken == 0 && made == 0) break;
    bytes.remove_prefix(taken);
  } while (!inflater.may_end());
  return true;
}

}  // namespace

Compression compression_of(std::string_view first) {
  if (first.size() < 2) return Compression::none;
  const unsigned begin = byte_at(first, 0) << 8 | byte_at(first, 1);
  if (begin == 0x1f8b) return Compression::gzip;
  const bool deflate_32k = byte_at(first, 0) == 0x78;  // the only one in use
  const bool dictionary = (begin & 0x20) != 0;
  if (!deflate_32k || dictionary || begin % 31 != 0) return Compression::none;
  first = first.substr(0, kSniffBytes);
  return has_control_characters(first) || inflates(first) ? Compression::zlib : Compression::none;
}

std::string_view to_string(Compression compression) noexcept {
  constexpr std::array<std::string_view, 4> kNames = {"none", "gzip", "zlib", "automatic"};
  return kNames.at(static_cast<std::size_t>(compression));
}

Inflater::Inflater(Compression format) : stream_(new z_stream{}) {
  const int window = format == Compression::gzip ? kGzipWindow : kZlibWindow;
  if (::inflateInit2(stream_.get(), window) != Z_OK) {
    throw OutOfMemory("no memory for inflating", sizeof(z_stream));
  }
}

Inflater::Step Inflater::run(std::string_view in, std::span<std::byte> out) {
  const std::size_t input = std::min(in.size(), kLargestChunk);
  const std::size_t room = std::min(out.size(), kLargestChunk);
  stream_->next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(in.data()));
  stream_->avail_in = static_cast<uInt>(input);
  stream_->next_out = reinterpret_cast<Bytef*>(out.data());
  stream_->avail_out = static_cast<uInt>(room);
  if (input > 0) between_streams_ = false;

  const int result = ::inflate(stream_.get(), Z_NO_FLUSH);
  Step step{input - stream_->avail_in, room - stream_->avail_out, nullptr};
  if (result == Z_STREAM_END) {
    between_streams_ = true;
    behind_one_ = true;
    ::inflateReset(stream_.get());
  } else if (result == Z_MEM_ERROR) {
    throw OutOfMemory("no memory for inflating", sizeof(z_stream));
  } else if (result < 0 && result != Z_BUF_ERROR && behind_one_ && stream_->total_out == 0) {
    step.problem = "what stands behind the end of a stream is not another stream";
  } else if (result == Z_NEED_DICT) {
    step.problem = "it needs a dictionary";
  } else if (result != Z_OK && result != Z_BUF_ERROR) {
    step.problem = stream_->msg != nullptr ? stream_->msg : "it is damaged";
  }
  return step;
}

void Inflater::End::operator()(z_stream* stream) const noexcept {
  ::inflateEnd(stream);
  delete stream;  // NOLINT(cppcoreguidelines-owning-memory)
}

}  // namespace seqfeat
