// SPDX-License-Identifier: Apache-2.0
#include "io/atomic_file.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <string>
#include <utility>

#include "backend/text.hpp"
#include "io/directory.hpp"
#include "io/temporaries.hpp"
#include "seqfeat/error.hpp"

namespace seqfeat {
namespace {

constexpr std::size_t kPendingBytes = std::size_t{64} << 10;
constexpr int kAttempts = 100;  // names taken by files that killed processes left
constexpr std::string_view kTemporaryMark = ".seqfeat-tmp-";

/// A name in the same directory, so that renaming stays within one file system.
std::filesystem::path temporary_name(const std::filesystem::path& file) {
  static std::atomic<unsigned> counter{0};
  std::string name = "." + file.filename().string();
  name.append(kTemporaryMark).append(std::to_string(::getpid()));
  name.append("-").append(std::to_string(counter.fetch_add(1)));
  return file.parent_path() / name;
}

}  // namespace

AtomicFile::AtomicFile(const std::filesystem::path& file) : path_(file) {
  if (!file.has_filename()) fail("open", file.empty() ? ENOENT : EISDIR);
  struct stat status {};
  if (::stat(file.c_str(), &status) == 0 && !S_ISREG(status.st_mode)) {
    if (S_ISDIR(status.st_mode)) fail("open", EISDIR);
    throw IoError(file.string() + ": not a regular file, so it cannot be replaced by a new one");
  }
  pending_.reserve(kPendingBytes);
  for (int attempt = 0; descriptor_ < 0; ++attempt) {
    temporary_ = temporary_name(file);
    descriptor_ = create_temporary(temporary_);
    if (descriptor_ < 0 && (errno != EEXIST || attempt == kAttempts)) fail("open", errno);
  }
}

AtomicFile::~AtomicFile() {
  if (descriptor_ < 0) return;
  ::close(descriptor_);
  remove_temporary();
}

void AtomicFile::write(std::span<const std::byte> bytes) {
  if (descriptor_ < 0) fail("write", EBADF);
  synced_ = false;
  if (pending_.size() + bytes.size() > kPendingBytes) flush();
  if (bytes.size() >= kPendingBytes) {
    append(bytes);
  } else {
    pending_.insert(pending_.end(), bytes.begin(), bytes.end());
  }
}

void AtomicFile::replace_front(std::string_view bytes) {
  flush();
  synced_ = false;
  write_at(0, std::as_bytes(std::span(bytes)));
}

void AtomicFile::sync() {
  if (descriptor_ < 0) fail("write", EBADF);
  flush();
  if (::fsync(descriptor_) != 0) fail("write", errno);
  synced_ = true;
}

void AtomicFile::commit() {
  if (!synced_) sync();
  if (::close(std::exchange(descriptor_, -1)) != 0) {
    const int reason = errno;
    remove_temporary();
    fail("write", reason);
  }
  if (::rename(temporary_.c_str(), path_.c_str()) != 0) {
    const int reason = errno;
    remove_temporary();
    fail("rename a temporary file to this name", reason);
  }
  forget_temporary(temporary_);
  if (const int reason = sync_entry(path_); reason != 0) fail("sync its directory", reason);
}

std::optional<std::string> AtomicFile::name_behind(std::string_view name) {
  const std::size_t mark = name.rfind(kTemporaryMark);
  if (!name.starts_with('.') || mark == std::string_view::npos || mark < 2) return std::nullopt;
  const std::string_view numbers = name.substr(mark + kTemporaryMark.size());
  const std::size_t hyphen = numbers.find('-');
  const auto is_number = [](std::string_view digits) {
    return !digits.empty() && digits.find_first_not_of("0123456789") == std::string_view::npos;
  };
  if (hyphen == std::string_view::npos || !is_number(numbers.substr(0, hyphen)) ||
      !is_number(numbers.substr(hyphen + 1))) {
    return std::nullopt;
  }
  return std::string(name.substr(1, mark - 1));
}

void AtomicFile::write_at(std::int64_t offset, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::pwrite(descriptor_, bytes.data(), bytes.size(), offset);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail("write", errno);
    offset += written;
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
}

void AtomicFile::append(std::span<const std::byte> bytes) {
  write_at(size_, bytes);
  size_ += static_cast<std::int64_t>(bytes.size());
}

void AtomicFile::flush() {
  append(pending_);
  pending_.clear();
}

void AtomicFile::remove_temporary() noexcept {
  ::unlink(temporary_.c_str());
  forget_temporary(temporary_);
}

void AtomicFile::fail(std::string_view action, int reason) const {
  throw IoError(path_.string() + ": cannot " + std::string(action) + ": " +
                detail::system_reason(reason));
}

}  // namespace seqfeat
