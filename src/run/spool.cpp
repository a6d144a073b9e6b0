// SPDX-License-Identifier: Apache-2.0
#include "run/spool.hpp"

#include <cerrno>
#include <string>
#include <string_view>

#include "backend/text.hpp"
#include "io/byte_source.hpp"
#include "seqfeat/error.hpp"

namespace seqfeat::run {
namespace {

[[noreturn]] void fail(int error) {
  throw IoError("temporary file for standard input: " + detail::system_reason(error));
}

}  // namespace

void Spool::take(Input& input) {
  for (InputFile& file : input.files) {
    if (file.name != "-") continue;
    file_.reset(std::tmpfile());
    if (!file_) fail(errno);
    ByteSource source("-", Compression::none);
    while (true) {
      const std::string_view bytes = source.peek(1);
      if (bytes.empty()) break;
      if (std::fwrite(bytes.data(), 1, bytes.size(), file_.get()) != bytes.size()) fail(errno);
      source.skip(bytes.size());
    }
    if (std::fflush(file_.get()) != 0) fail(errno);
    file.name = "/dev/fd/" + std::to_string(::fileno(file_.get()));
  }
}

}  // namespace seqfeat::run
