// SPDX-License-Identifier: Apache-2.0
#include "run/lock.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <ctime>
#include <nlohmann/json.hpp>

#include "backend/concat.hpp"
#include "backend/text.hpp"
#include "run/text.hpp"
#include "seqfeat/error.hpp"

namespace seqfeat::run {
namespace {

using detail::concat;
using detail::system_reason;
using Json = nlohmann::ordered_json;

std::string host_name() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? utf8_or_escaped(name.data())
                                                          : "unknown";
}

std::string now() {
  const std::time_t seconds = std::time(nullptr);
  std::tm parts{};
  std::array<char, 32> text{};
  ::gmtime_r(&seconds, &parts);
  const std::size_t size = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts);
  return {text.data(), size};
}

/// "process 17 on node3 since 2026-01-31T02:00:00Z", if the file says so.
std::string holder(int file) {
  std::array<char, 1024> text{};
  const ssize_t size = ::pread(file, text.data(), text.size(), 0);
  const Json json =
      Json::parse(text.data(), text.data() + std::max<ssize_t>(size, 0), nullptr, false);
  try {
    return concat("process ", json.at("pid").get<std::int64_t>(), " on ",
                  run::quoted(json.at("host").get<std::string>()), " since ",
                  run::quoted(json.at("start").get<std::string>()));
  } catch (const Json::exception&) {
    return "another run, which has not yet said who it is";
  }
}

/// Writes who holds the lock, for the message to a run that is refused.
void sign(int file) {
  const Json about{{"pid", ::getpid()}, {"host", host_name()}, {"start", now()}};
  const std::string text = about.dump() + "\n";
  // For people only, so a full disk does not matter.
  if (::ftruncate(file, 0) == 0 && ::pwrite(file, text.data(), text.size(), 0) < 0) return;
}

}  // namespace

DirectoryLock::DirectoryLock(const std::filesystem::path& directory,
                             const std::function<void(const std::string&)>& warn)
    : file_(::open((directory / kLockName).c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW,
                   0666)) {
  const std::string where = concat("--output ", directory.string(), ": ");
  if (!file_.is_open()) {
    const std::string why =
        concat(where, "cannot be written to: ", kLockName, ": ", system_reason(errno));
    if (errno == ENOSPC || errno == EDQUOT) throw IoError(why);
    throw InvalidArgument(why + "; choose another directory");
  }
  if (::flock(file_.get(), LOCK_EX | LOCK_NB) == 0) {
    sign(file_.get());
  } else if (errno == EWOULDBLOCK) {
    throw InvalidArgument(concat(where, "got a directory into which ", holder(file_.get()),
                                 " writes, expected no other run; wait for it or choose another "
                                 "directory"));
  } else if (warn) {
    warn(concat(where, "cannot be locked (", system_reason(errno),
                "); see to it that no other run writes here"));
  }
}

}  // namespace seqfeat::run
