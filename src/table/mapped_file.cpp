// SPDX-License-Identifier: Apache-2.0
#include "table/mapped_file.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <cerrno>
#include <string>

#include "backend/text.hpp"
#include "io/descriptor.hpp"
#include "seqfeat/error.hpp"

namespace seqfeat {
namespace {

[[noreturn]] void fail(const std::filesystem::path& file, const std::string& why) {
  throw DataError(file.string() + ": " + why);
}

}  // namespace

MappedFile map_file(const std::filesystem::path& file) {
  // Without O_NONBLOCK opening a named pipe would wait for a writer.
  const Descriptor opened(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!opened.is_open()) fail(file, "cannot be opened: " + detail::system_reason(errno));
  struct stat status {};
  if (::fstat(opened.get(), &status) != 0)
    fail(file, "cannot be looked at: " + detail::system_reason(errno));
  if (S_ISDIR(status.st_mode)) fail(file, "is a directory, expected a file");
  if (!S_ISREG(status.st_mode)) fail(file, "is not a regular file, which mapping needs");
  if (status.st_size == 0) return {};  // mmap refuses an empty range
  const auto size = static_cast<std::size_t>(status.st_size);
  void* memory =
      ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_NORESERVE, opened.get(), 0);
  if (memory == MAP_FAILED) fail(file, "cannot be mapped: " + detail::system_reason(errno));
  std::shared_ptr<void> keeper(memory, [size](void* begin) { ::munmap(begin, size); });
  return {{static_cast<const std::byte*>(memory), size}, std::move(keeper)};
}

}  // namespace seqfeat
