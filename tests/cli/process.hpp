// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace seqfeat::test {

/// What a program left.
struct Ended {
  int code = 0;  ///< Exit code; of one that a signal ended, 128 + its number.
  std::string out;
  std::string err;
  long peak_kib = 0;       ///< The most memory it held at once.
  double cpu_seconds = 0;  ///< Of all its threads.
};

/// A folder that is gone at the end of the test.
class Folder {
 public:
  Folder();
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  Folder(Folder&&) = delete;
  Folder& operator=(Folder&&) = delete;
  ~Folder();

  [[nodiscard]] std::string operator/(const std::string& name) const {
    return (path_ / name).string();
  }
  /// Writes a file and returns its path.
  std::string write(const std::string& name, const std::string& text) const;

 private:
  std::filesystem::path path_;
};

/// What the system allows a program; what is not set is not limited.
struct Limits {
  std::optional<long> largest_file;  ///< In bytes.
  /// Threads beside the main thread. Their stacks become so large that no more of them fit into the
  /// address space, which holds for root too.
  std::optional<long> threads;
};

// A sanitizer reserves more of the address space than a limit of threads leaves.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool kThreadsCanBeLimited = false;
#else
inline constexpr bool kThreadsCanBeLimited = true;
#endif

/// The seqfeat that is tested: the one of this build, or what SEQFEAT_PROGRAM names.
[[nodiscard]] const char* tested_program();

/// A seqfeat that runs.
class Process {
 public:
  /// `input` becomes its standard input.
  Process(const Folder& folder, const std::vector<std::string>& arguments,
          const std::string& input = "", const std::map<std::string, std::string>& environment = {},
          Limits limits = {}, const std::string& program = tested_program());
  void kill(int signal) const;
  /// Waits for its end.
  [[nodiscard]] Ended wait();

 private:
  std::string out_;
  std::string err_;
  pid_t pid_ = -1;
};

/// Runs seqfeat, or a copy of it, to its end.
[[nodiscard]] Ended seqfeat(const Folder& folder, const std::vector<std::string>& arguments,
                            const std::string& input = "",
                            const std::map<std::string, std::string>& environment = {},
                            Limits limits = {}, const std::string& program = tested_program());

[[nodiscard]] std::string read_file(const std::string& path);

/// Names and contents of the files in a directory, without the lock that every run leaves.
[[nodiscard]] std::map<std::string, std::string> contents(const std::string& directory);

}  // namespace seqfeat::test
