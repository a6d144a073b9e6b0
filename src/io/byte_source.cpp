// SPDX-License-Identifier: Apache-2.0
#include "io/byte_source.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <new>
#include <utility>

#include "backend/concat.hpp"
#include "backend/text.hpp"
#include "seqfeat/error.hpp"

namespace seqfeat {
namespace {

constexpr std::size_t kFirstBytes = std::size_t{1} << 20;

std::unique_ptr<char[]> allocate(std::size_t bytes) {  // NOLINT(modernize-avoid-c-arrays)
  try {
    return std::make_unique_for_overwrite<char[]>(bytes);  // NOLINT(modernize-avoid-c-arrays)
  } catch (const std::bad_alloc&) {
    throw OutOfMemory(
        "no memory for a record or line of more than " + std::to_string(bytes / 4) + " bytes",
        static_cast<std::int64_t>(bytes));
  }
}

}  // namespace

std::span<std::byte> Window::room() {
  if (memory_ == nullptr) {
    memory_ = allocate(kFirstBytes);
    capacity_ = kFirstBytes;
    bytes_ = {memory_.get(), 0};
  }
  const auto used = static_cast<std::size_t>(bytes_.data() + bytes_.size() - memory_.get());
  if (bytes_.empty()) {
    bytes_ = {memory_.get(), 0};
  } else if (capacity_ - used < capacity_ / 4) {
    if (bytes_.size() <= capacity_ / 2) {
      std::memmove(memory_.get(), bytes_.data(), bytes_.size());
    } else {
      auto larger = allocate(2 * capacity_);
      std::memcpy(larger.get(), bytes_.data(), bytes_.size());
      memory_ = std::move(larger);
      capacity_ *= 2;
    }
    bytes_ = {memory_.get(), bytes_.size()};
  }
  char* const end = memory_.get() + (bytes_.data() - memory_.get()) + bytes_.size();
  return std::as_writable_bytes(std::span(end, memory_.get() + capacity_));
}

ByteSource::ByteSource(const std::filesystem::path& file, Compression compression)
    : name_(file == "-" ? "standard input" : file.string()),
      // A descriptor of our own for standard input too, so that closing is the same.
      file_(file == "-" ? ::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0)
                        : ::open(file.c_str(), O_RDONLY | O_CLOEXEC)) {
  if (!file_.is_open()) {
    throw UnreadableFile({.file = name_}, "cannot open: " + detail::system_reason(errno));
  }
  struct stat status {};
  if (::fstat(file_.get(), &status) == 0 && S_ISDIR(status.st_mode)) {
    throw UnreadableFile({.file = name_}, "got a directory, expected a file");
  }
  inflate(compression);
}

ByteSource::ByteSource(std::string_view bytes, Compression compression, std::string name)
    : name_(std::move(name)), bytes_(bytes) {
  inflate(compression);
}

void ByteSource::inflate(Compression compression) {
  if (compression == Compression::automatic) {
    // Two bytes rule most files out; asking for more could wait for a user who types.
    compression = compression_of(peek(2).substr(0, 2));
    if (compression == Compression::zlib) compression = compression_of(peek(kSniffBytes));
  }
  if (compression == Compression::none) return;
  inflater_.emplace(compression);
  compressed_ = std::exchange(bytes_, Window{});
}

void ByteSource::read_until(std::size_t count) {
  while (bytes_.bytes().size() < count) {
    if (!(inflater_ ? inflate_more() : read_into(bytes_))) break;
  }
}

bool ByteSource::read_into(Window& window) {
  if (!file_.is_open()) return false;
  const std::span<std::byte> room = window.room();
  ssize_t count = 0;
  do {
    count = ::read(file_.get(), room.data(), room.size());
  } while (count < 0 && errno == EINTR);
  if (count < 0) {
    throw UnreadableFile({.file = name_, .offset = offset_},
                         "cannot read: " + detail::system_reason(errno));
  }
  window.added(static_cast<std::size_t>(count));
  return count > 0;
}

bool ByteSource::inflate_more() {
  for (;;) {
    const bool ended = compressed_.bytes().empty() && !read_into(compressed_);
    if (ended && inflater_->may_end()) return false;
    const auto [taken, made, problem] = inflater_->run(compressed_.bytes(), bytes_.room());
    compressed_.skip(taken);
    bytes_.added(made);
    if (made > 0) return true;  // what was made before a problem is handed out first
    if (problem != nullptr) fail(detail::concat("the compressed stream is broken: ", problem));
    if (ended) fail("the compressed stream is cut: it ends before its end mark");
  }
}

void ByteSource::fail(std::string_view reason) const {
  throw DataError({.file = name_, .offset = offset_}, reason);
}

}  // namespace seqfeat
