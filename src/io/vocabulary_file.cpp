// SPDX-License-Identifier: Apache-2.0
#include "io/vocabulary_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

#include "backend/concat.hpp"
#include "backend/text.hpp"
#include "seqfeat/crc32c.hpp"
#include "seqfeat/error.hpp"

namespace seqfeat {

using detail::concat;

namespace {

constexpr std::size_t kAtOnce = std::size_t{1} << 20;

}  // namespace

VocabularyFile::VocabularyFile(std::string path)
    // Without O_NONBLOCK opening a named pipe would wait for a writer.
    : path_(std::move(path)), file_(::open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {
  if (!file_.is_open()) refuse("cannot be opened: " + detail::system_reason(errno));
  struct stat status {};
  if (::fstat(file_.get(), &status) != 0) {
    refuse("cannot be looked at: " + detail::system_reason(errno));
  }
  if (!S_ISREG(status.st_mode)) refuse("is no regular file, and it is read twice");
}

void VocabularyFile::refuse(const std::string& why) const {
  throw InvalidArgument(concat("vocabulary_file: '", path_, "' ", why));
}

void VocabularyFile::refuse(std::int64_t number, const std::string& why) const {
  throw InvalidArgument(concat("vocabulary_file: '", path_, "':", number, ": ", why));
}

std::size_t VocabularyFile::read_at(std::int64_t at, std::span<std::byte> to) const {
  while (true) {
    const ::ssize_t got = ::pread(file_.get(), to.data(), to.size(), at);
    if (got >= 0) return static_cast<std::size_t>(got);
    if (errno != EINTR) refuse("cannot be read: " + detail::system_reason(errno));
  }
}

VocabularyLines VocabularyFile::count(std::int64_t most) const {
  std::vector<std::byte> buffer(kAtOnce);
  VocabularyLines found;
  std::int64_t at = 0;
  while (found.lines < most) {
    const std::size_t got = read_at(at, buffer);
    if (got == 0) break;
    for (std::size_t from = 0; from < got && found.lines < most;) {
      const void* newline = std::memchr(buffer.data() + from, '\n', got - from);
      if (newline == nullptr) break;
      from = static_cast<std::size_t>(static_cast<const std::byte*>(newline) - buffer.data()) + 1;
      ++found.lines;
      found.bytes = at + static_cast<std::int64_t>(from);
    }
    at += static_cast<std::int64_t>(got);
  }
  if (found.lines < most && at > found.bytes) {  // a last line without a newline
    ++found.lines;
    found.bytes = at;
  }
  return found;
}

void VocabularyFile::read(std::span<std::byte> bytes) const {
  for (std::int64_t at = 0; !bytes.empty();) {
    const std::size_t got = read_at(at, bytes);
    if (got == 0) refuse("has become shorter while it was read");
    bytes = bytes.subspan(got);
    at += static_cast<std::int64_t>(got);
  }
}

std::uint32_t VocabularyFile::crc32c() const {
  std::vector<std::byte> buffer(kAtOnce);
  std::uint32_t crc = 0;
  for (std::int64_t at = 0;;) {
    const std::size_t got = read_at(at, buffer);
    if (got == 0) return crc;
    crc = seqfeat::crc32c(std::span(buffer).first(got), crc);
    at += static_cast<std::int64_t>(got);
  }
}

}  // namespace seqfeat
