// SPDX-License-Identifier: Apache-2.0
#include "run/spec_file.hpp"

#include <string_view>

#include "backend/concat.hpp"
#include "io/byte_source.hpp"
#include "seqfeat/error.hpp"

namespace seqfeat::run {

using detail::concat;

Spec read_spec(const std::string& file) {
  constexpr std::size_t kMostMiB = 64;
  try {
    ByteSource source(file, Compression::none);
    const std::string_view text = source.peek((kMostMiB << 20) + 1);
    if (text.size() > kMostMiB << 20) {
      throw InvalidArgument(concat("got more than ", kMostMiB, " MiB, expected a spec"));
    }
    return parse_spec(text);
  } catch (const UnreadableFile& error) {
    throw InvalidArgument(concat(error.what(), "; name a spec in JSON"));
  } catch (const InvalidArgument& error) {
    throw InvalidArgument(concat(file, ": ", error.what()));
  }
}

}  // namespace seqfeat::run
