// SPDX-License-Identifier: Apache-2.0
#include "tests/cli/process.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <sstream>

namespace seqfeat::test {
namespace {

namespace fs = std::filesystem;

std::string unique_name(const char* stem) {
  static std::atomic<int> count{0};
  return std::string(stem) + std::to_string(count++);
}

void redirect(const std::string& file, int flags, int to) {
  const int descriptor = ::open(file.c_str(), flags, 0600);
  if (descriptor < 0 || ::dup2(descriptor, to) < 0) ::_exit(99);
}

void set_limit(decltype(RLIMIT_FSIZE) resource, long soft) {
  rlimit limit{};
  if (::getrlimit(resource, &limit) != 0) ::_exit(97);
  limit.rlim_cur = static_cast<rlim_t>(soft);
  if (::setrlimit(resource, &limit) != 0) ::_exit(97);
}

void apply(const Limits& limits) {
  if (limits.largest_file) {
    set_limit(RLIMIT_FSIZE, *limits.largest_file);
    std::signal(SIGXFSZ, SIG_DFL);  // which ends a program that does not expect it
  }
  if (limits.threads) {
    constexpr long kStack = long{4} << 30;
    set_limit(RLIMIT_STACK, kStack);
    set_limit(RLIMIT_AS, *limits.threads * kStack + kStack / 2);
  }
}

}  // namespace

const char* tested_program() {
  const char* const another = std::getenv("SEQFEAT_PROGRAM");
  return another != nullptr ? another : SEQFEAT_PROGRAM;
}

Folder::Folder()
    : path_(fs::temp_directory_path() /
            (unique_name("seqfeat-cli-") + "-" + std::to_string(::getpid()))) {
  fs::create_directories(path_);
}

Folder::~Folder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

std::string Folder::write(const std::string& name, const std::string& text) const {
  std::ofstream(path_ / name, std::ios::binary) << text;
  return (path_ / name).string();
}

Process::Process(const Folder& folder, const std::vector<std::string>& arguments,
                 const std::string& input, const std::map<std::string, std::string>& environment,
                 Limits limits, const std::string& program) {
  const std::string name = unique_name("process");
  const std::string in = folder.write(name + ".in", input);
  out_ = folder / (name + ".out");
  err_ = folder / (name + ".err");
  std::vector<char*> words{const_cast<char*>(program.c_str())};
  for (const std::string& argument : arguments)
    words.push_back(const_cast<char*>(argument.c_str()));
  words.push_back(nullptr);
  pid_ = ::fork();
  if (pid_ != 0) return;
  redirect(in, O_RDONLY, STDIN_FILENO);
  redirect(out_, O_WRONLY | O_CREAT | O_TRUNC, STDOUT_FILENO);
  redirect(err_, O_WRONLY | O_CREAT | O_TRUNC, STDERR_FILENO);
  for (const auto& [key, value] : environment) ::setenv(key.c_str(), value.c_str(), 1);
  apply(limits);
  ::execv(program.c_str(), words.data());
  ::_exit(98);
}

void Process::kill(int signal) const {
  ::kill(pid_, signal);
}

Ended Process::wait() {
  int status = 0;
  rusage usage{};
  EXPECT_EQ(::wait4(pid_, &status, 0, &usage), pid_);
  const int code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
  };
  return {code, read_file(out_), read_file(err_), usage.ru_maxrss,
          seconds(usage.ru_utime) + seconds(usage.ru_stime)};
}

Ended seqfeat(const Folder& folder, const std::vector<std::string>& arguments,
              const std::string& input, const std::map<std::string, std::string>& environment,
              Limits limits, const std::string& program) {
  return Process(folder, arguments, input, environment, limits, program).wait();
}

std::string read_file(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

std::map<std::string, std::string> contents(const std::string& directory) {
  std::map<std::string, std::string> files;
  if (!fs::exists(directory)) return files;
  for (const auto& entry : fs::directory_iterator(directory)) {
    if (entry.path().filename() == ".seqfeat-lock") continue;
    files[entry.path().filename().string()] = read_file(entry.path().string());
  }
  return files;
}

}  // namespace seqfeat::test
