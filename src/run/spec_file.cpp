// SPDX-License-Identifier: Apache-2.0
#include "run/spec_file.hpp"

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <system_error>

#include "backend/concat.hpp"
#include "seqfeat/error.hpp"

namespace seqfeat::run {
namespace {

constexpr std::streamsize kLargest = std::streamsize{64} << 20;

std::string read_text(std::istream& stream, const std::string& name) {
  std::string text;
  std::string block(std::size_t{1} << 16, '\0');
  while (stream.read(block.data(), static_cast<std::streamsize>(block.size())) ||
         stream.gcount() > 0) {
    text.append(block, 0, static_cast<std::size_t>(stream.gcount()));
    if (static_cast<std::streamsize>(text.size()) > kLargest) {
      throw InvalidArgument(
          detail::concat(name, ": got more than ", kLargest >> 20, " MiB, expected a spec"));
    }
  }
  return text;
}

}  // namespace

Spec read_spec(const std::string& file) {
  std::string text;
  if (file == "-") {
    text = read_text(std::cin, "standard input");
  } else {
    if (std::filesystem::is_directory(file)) {
      throw InvalidArgument(detail::concat(file, ": got a directory, expected a spec in JSON"));
    }
    std::ifstream stream(file, std::ios::binary);
    if (!stream) {
      throw InvalidArgument(
          detail::concat(file, ": cannot be read: ", std::generic_category().message(errno),
                         "; expected a spec in JSON"));
    }
    text = read_text(stream, file);
  }
  try {
    return parse_spec(text);
  } catch (const InvalidArgument& error) {
    throw InvalidArgument(detail::concat(file, ": ", error.what()));
  }
}

}  // namespace seqfeat::run
