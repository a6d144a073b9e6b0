// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace seqfeat {

/// A file that appears under its name whole or not at all.
///
/// Bytes go to a temporary file beside it; `commit` brings them to the disk and renames. An
/// exception or a signal before that leaves the old file as it was. io/temporaries.hpp lists the
/// temporary files of a process.
///
/// Throws   IoError naming the file and the system's reason, as all members do.
class AtomicFile {
 public:
  /// Begins a file that will be called `file`. Refuses a directory or a device of that name.
  explicit AtomicFile(const std::filesystem::path& file);
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;
  AtomicFile(AtomicFile&&) = delete;
  AtomicFile& operator=(AtomicFile&&) = delete;
  ~AtomicFile();  ///< Without `commit` before it, nothing is left behind.

  /// Appends `bytes`; small ones are gathered.
  void write(std::span<const std::byte> bytes);
  void write(std::string_view bytes) { write(std::as_bytes(std::span(bytes))); }

  /// Overwrites the first bytes of what was written.
  void replace_front(std::string_view bytes);

  /// Brings everything to the disk, still under the temporary name.
  void sync();

  /// Syncs, renames. Nothing can be written afterwards.
  void commit();

  /// The NAME in the name of a temporary file, `.NAME.seqfeat-tmp-PID-K`, which a killed process
  /// may have left. Nothing for any other name.
  [[nodiscard]] static std::optional<std::string> name_behind(std::string_view name);

 private:
  void write_at(std::int64_t offset, std::span<const std::byte> bytes);
  void append(std::span<const std::byte> bytes);
  void flush();
  void remove_temporary() noexcept;
  [[noreturn]] void fail(std::string_view action, int reason) const;

  std::filesystem::path path_;
  std::filesystem::path temporary_;
  std::vector<std::byte> pending_;
  std::int64_t size_ = 0;  // without what is pending
  int descriptor_ = -1;
  bool synced_ = false;
};

}  // namespace seqfeat
