// SPDX-License-Identifier: Apache-2.0
#include "run/input.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <utility>

#include "backend/concat.hpp"
#include "backend/text.hpp"
#include "io/byte_source.hpp"
#include "run/arrow_files.hpp"
#include "run/recognise.hpp"
#include "run/text.hpp"
#include "seqfeat/error.hpp"

namespace seqfeat::run {
namespace {

using detail::concat;
using detail::system_reason;

/// In the order of the enumerators.
constexpr std::array<std::string_view, 6> kFormatWords{
    "tfrecord:example", "tfrecord:sequence_example", "text", "jsonl", "parquet", "arrow"};

/// A format, and whether it stands for TFRecords of either kind.
struct KnownFormat {
  InputFormat format;
  bool any_record = false;

  friend bool operator==(const KnownFormat&, const KnownFormat&) = default;
};

constexpr std::array<std::pair<std::string_view, KnownFormat>, 7> kExtensions{{
    {".tfrecord", {InputFormat::tfrecord_example, true}},
    {".txt", {InputFormat::text}},
    {".jsonl", {InputFormat::jsonl}},
    {".parquet", {InputFormat::parquet}},
    {".arrow", {InputFormat::arrow}},
    {".feather", {InputFormat::arrow}},
    {".ipc", {InputFormat::arrow}},
}};

/// A name without what a URI has behind its path.
std::string_view path_of(std::string_view name) {
  return is_uri(name) ? name.substr(0, name.find('?')) : name;
}

KnownFormat format_of(std::string_view name) {
  std::string_view stem = path_of(name);
  if (stem.ends_with(".gz")) stem.remove_suffix(3);
  for (const auto& [extension, format] : kExtensions) {
    if (stem.ends_with(extension)) return format;
  }
  throw InvalidArgument(concat(name,
                               ": got a name that says no format, expected .tfrecord, .txt or "
                               ".jsonl (also with .gz), .parquet or .arrow; say which with "
                               "--input-format"));
}

KnownFormat format_from(std::string_view name) {
  if (name == "tfrecord") return {InputFormat::tfrecord_example, true};
  const auto* const word = std::find(kFormatWords.begin(), kFormatWords.end(), name);
  if (word != kFormatWords.end()) return {static_cast<InputFormat>(word - kFormatWords.begin())};
  throw InvalidArgument(concat("--input-format: got '", name,
                               "', expected tfrecord, tfrecord:example, tfrecord:sequence_example, "
                               "text, jsonl, parquet or arrow"));
}

/// The format of all files, from its name or from their names.
KnownFormat format_of(const std::vector<std::string>& names, const std::string& format) {
  if (!format.empty()) return format_from(format);
  const KnownFormat first = format_of(names.front());
  for (const std::string& name : names) {
    const KnownFormat own = format_of(name);
    if (own == first) continue;
    throw InvalidArgument(concat(name, ": got ", to_string(own.format), " behind ",
                                 to_string(first.format),
                                 ", expected files of one format; run them apart"));
  }
  return first;
}

InputFile look_at(const std::string& name) {
  if (name == "-") return {name, std::nullopt};
  struct stat status {};
  if (::stat(name.c_str(), &status) != 0) {
    throw UnreadableFile({.file = name},
                         concat("cannot be read: ", system_reason(errno), "; check the path"));
  }
  if (S_ISDIR(status.st_mode)) {
    throw UnreadableFile({.file = name}, "got a directory, expected a file; name the files inside");
  }
  if (::access(name.c_str(), R_OK) != 0) {
    throw UnreadableFile({.file = name}, concat("cannot be read: ", system_reason(errno),
                                                "; check its permissions"));
  }
  if (!S_ISREG(status.st_mode)) return {name, std::nullopt};
  return {name, std::int64_t{status.st_size}};
}

/// A file of columns, which need not be one of the system's.
InputFile look_at_columns(const std::string& name, ArrowFiles& files) {
  if (name == "-") {
    throw InvalidArgument(
        "-: got standard input, expected files of columns, which are not read from front to back");
  }
  if (!is_uri(name)) (void)look_at(name);
  return {name, files.size(name)};
}

}  // namespace

bool is_uri(std::string_view name) noexcept {
  return name.find("://") != std::string_view::npos;
}

std::string_view to_string(InputFormat format) noexcept {
  return kFormatWords.at(static_cast<std::size_t>(format));
}

std::string InputFile::base_name() const {
  return utf8_or_escaped(std::filesystem::path(path_of(name)).filename().string());
}

bool Input::has_pipe() const noexcept {
  return std::any_of(files.begin(), files.end(), [](const InputFile& f) { return !f.bytes; });
}

std::int64_t Input::row_bytes() const noexcept {
  if (holds_columns(format)) return 0;
  std::int64_t total = 0;
  for (const InputFile& file : files) {
    if (!file.bytes || file.name.ends_with(".gz")) return 0;
    total += *file.bytes;
  }
  return total;
}

std::string Shard::text() const {
  return concat(index, "/", count);
}

Shard shard_from(std::string_view text) {
  const std::size_t slash = std::min(text.find('/'), text.size());
  const auto index = detail::number_in<std::int64_t>(text.substr(0, slash));
  const auto count = detail::number_in<std::int64_t>(text.substr(std::min(slash + 1, text.size())));
  if (index && count && 0 <= *index && *index < *count) return {*index, *count};
  throw InvalidArgument(
      concat("--shard: got '", text, "', expected I/N with 0 <= I < N, for example 0/3"));
}

Input open_input(const std::vector<std::string>& names, const std::string& format, Shard shard,
                 std::shared_ptr<ArrowFiles> arrow_files) {
  if (names.empty()) throw InvalidArgument("files: got none, expected at least one; - is stdin");
  if (std::count(names.begin(), names.end(), "-") > 1) {
    throw InvalidArgument("files: got - twice, expected standard input at most once");
  }
  const KnownFormat known = format_of(names, format);
  Input input;
  input.format = known.format;
  const bool columns = holds_columns(known.format);
  if (columns && arrow_files == nullptr) {
    throw InvalidArgument(concat(names.front(), ": got ", to_string(known.format),
                                 ", which `run` of the Python package alone reads, by pyarrow: pip "
                                 "install 'seqfeat[arrow]', then `seqfeat run` or sf.run(); "
                                 "expected tfrecord, text or jsonl here"));
  }
  if (columns) input.arrow_files = std::move(arrow_files);
  for (std::size_t i = 0; i < names.size(); ++i) {
    const auto owner = static_cast<std::int64_t>(i) % shard.count;
    if (owner != shard.index) continue;
    input.files.push_back(columns ? look_at_columns(names[i], *input.arrow_files)
                                  : look_at(names[i]));
  }
  if (known.any_record && recognise(input.files) == RecordKind::sequence_example) {
    input.format = InputFormat::tfrecord_sequence_example;
  }
  return input;
}

}  // namespace seqfeat::run
