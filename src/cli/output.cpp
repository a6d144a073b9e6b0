// SPDX-License-Identifier: Apache-2.0
#include "cli/output.hpp"

#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>

#include "backend/text.hpp"
#include "seqfeat/error.hpp"

namespace seqfeat::cli {
namespace {

constexpr std::size_t kLarge = std::size_t{1} << 16;

template <class Integer>
void append(std::string& text, Integer number) {
  std::array<char, 24> digits{};
  const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), number);
  text.append(digits.data(), end);
}

}  // namespace

Output& Output::operator<<(std::string_view text) {
  pending_ += text;
  flush_if_large();
  return *this;
}

Output& Output::operator<<(std::uint64_t number) {
  append(pending_, number);
  flush_if_large();
  return *this;
}

Output& Output::operator<<(std::int64_t number) {
  append(pending_, number);
  flush_if_large();
  return *this;
}

void Output::flush_if_large() {
  if (pending_.size() >= kLarge) flush();
}

void Output::flush() {
  std::string_view rest = pending_;
  while (!rest.empty()) {
    const ssize_t written = ::write(STDOUT_FILENO, rest.data(), rest.size());
    if (written >= 0) {
      rest.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno == EPIPE) {
      pending_.clear();
      throw ClosedPipe();
    } else if (errno != EINTR) {
      const std::string reason = detail::system_reason(errno);
      pending_.clear();
      throw IoError("standard output: cannot write: " + reason);
    }
  }
  pending_.clear();
}

void print(std::string_view text) {
  Output out;
  out << text;
  out.flush();
}

}  // namespace seqfeat::cli
