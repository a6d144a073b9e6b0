// SPDX-License-Identifier: Apache-2.0
#include "run/input.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

#include "backend/concat.hpp"
#include "seqfeat/error.hpp"

namespace seqfeat::run {
namespace {

using detail::concat;

constexpr std::array<std::pair<std::string_view, InputFormat>, 3> kExtensions{{
    {".tfrecord", InputFormat::tfrecord_example},
    {".txt", InputFormat::text},
    {".jsonl", InputFormat::jsonl},
}};

InputFormat format_of(std::string_view name) {
  std::string_view stem = name;
  if (stem.ends_with(".gz")) stem.remove_suffix(3);
  for (const auto& [extension, format] : kExtensions) {
    if (stem.ends_with(extension)) return format;
  }
  throw InvalidArgument(concat(name,
                               ": got a name that says no format, expected .tfrecord, .txt or "
                               ".jsonl (also with .gz); say which with --input-format"));
}

std::string reason(int error) {
  return std::generic_category().message(error);
}

InputFile look_at(const std::string& name) {
  if (name == "-") return {name, std::nullopt};
  struct stat status {};
  if (::stat(name.c_str(), &status) != 0) {
    throw DataError(concat(name, ": cannot be read: ", reason(errno), "; check the path"));
  }
  if (S_ISDIR(status.st_mode)) {
    throw DataError(concat(name, ": got a directory, expected a file; name the files inside"));
  }
  if (::access(name.c_str(), R_OK) != 0) {
    throw DataError(concat(name, ": cannot be read: ", reason(errno), "; check its permissions"));
  }
  if (!S_ISREG(status.st_mode)) return {name, std::nullopt};
  return {name, std::int64_t{status.st_size}};
}

}  // namespace

std::string_view to_string(InputFormat format) noexcept {
  switch (format) {
    case InputFormat::tfrecord_example:
      return "tfrecord:example";
    case InputFormat::tfrecord_sequence_example:
      return "tfrecord:sequence_example";
    case InputFormat::text:
      return "text";
    case InputFormat::jsonl:
      break;
  }
  return "jsonl";
}

InputFormat input_format_from(std::string_view name) {
  if (name == "tfrecord") return InputFormat::tfrecord_example;
  for (const auto format : {InputFormat::tfrecord_example, InputFormat::tfrecord_sequence_example,
                            InputFormat::text, InputFormat::jsonl}) {
    if (name == to_string(format)) return format;
  }
  throw InvalidArgument(concat("--input-format: got '", name,
                               "', expected tfrecord, tfrecord:example, tfrecord:sequence_example, "
                               "text or jsonl"));
}

Input open_input(const std::vector<std::string>& names, std::optional<InputFormat> format) {
  if (names.empty()) throw InvalidArgument("files: got none, expected at least one; - is stdin");
  if (std::count(names.begin(), names.end(), "-") > 1) {
    throw InvalidArgument("files: got - twice, expected standard input at most once");
  }
  Input input;
  input.format = format ? *format : format_of(names.front());
  for (const std::string& name : names) {
    const InputFormat own = format ? *format : format_of(name);
    if (own != input.format) {
      throw InvalidArgument(concat(name, ": got ", to_string(own), " behind ",
                                   to_string(input.format),
                                   ", expected files of one format; run them apart"));
    }
  }
  for (const std::string& name : names) input.files.push_back(look_at(name));
  return input;
}

}  // namespace seqfeat::run
