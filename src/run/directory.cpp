// SPDX-License-Identifier: Apache-2.0
#include "run/directory.hpp"

#include <algorithm>
#include <system_error>

#include "backend/concat.hpp"
#include "io/atomic_file.hpp"
#include "run/manifest.hpp"
#include "seqfeat/error.hpp"

namespace seqfeat::run {
namespace {

namespace fs = std::filesystem;
using detail::concat;

void create(const fs::path& directory) {
  std::error_code error;
  if (fs::exists(directory, error) && !fs::is_directory(directory, error)) {
    throw InvalidArgument(concat("--output ", directory.string(),
                                 ": got a file, expected a directory or a new name"));
  }
  fs::create_directories(directory, error);
  if (!error) return;
  const std::string what =
      concat("--output ", directory.string(), ": cannot be created: ", error.message());
  if (error == std::errc::no_space_on_device) throw IoError(what);
  throw InvalidArgument(what + "; choose another directory");
}

bool is_part(const fs::path& file) {
  const std::string name = file.filename().string();
  return name.starts_with("part-") && name.ends_with(".safetensors");
}

/// Removes what an earlier run made, the manifest first: without it, the rest is unfinished.
void remove_run(const fs::path& directory) {
  fs::remove(directory / kManifestName);
  std::vector<fs::path> old;
  for (const auto& entry : fs::directory_iterator(directory)) {
    if (is_part(entry.path()) || AtomicFile::is_temporary(entry.path())) old.push_back(entry);
  }
  for (const fs::path& file : old) fs::remove(file);
}

/// Removes what a killed run left behind: half a file, or a part that was finished before the one
/// in front of it.
void remove_unfinished(const fs::path& directory, const std::vector<PartInfo>& parts) {
  std::vector<fs::path> old;
  for (const auto& entry : fs::directory_iterator(directory)) {
    const auto is_entry = [&entry](const PartInfo& part) {
      return part.file == entry.path().filename().string();
    };
    if (AtomicFile::is_temporary(entry.path()) ||
        (is_part(entry.path()) && std::none_of(parts.begin(), parts.end(), is_entry))) {
      old.push_back(entry);
    }
  }
  for (const fs::path& file : old) fs::remove(file);
}

std::vector<PartInfo> whole_parts(const fs::path& directory, const MadeFrom& made,
                                  std::int64_t batch_size) {
  std::vector<PartInfo> parts;
  std::int64_t next_row = 0;
  while (auto part = read_part(directory, static_cast<std::int64_t>(parts.size()), made)) {
    // A short part ends the input; only then can there be one.
    const bool ended = !parts.empty() && parts.back().rows != batch_size;
    if (ended || part->first_row != next_row || part->rows < 1 || part->rows > batch_size) {
      throw InvalidArgument(concat((directory / part->file).string(), ": got rows from ",
                                   part->first_row, ", expected rows from ", next_row,
                                   "; --overwrite starts anew"));
    }
    next_row += part->rows;
    parts.push_back(*part);
  }
  return parts;
}

}  // namespace

Found prepare_directory(const fs::path& directory, Existing existing, const MadeFrom& made,
                        std::int64_t batch_size) {
  create(directory);
  Found found;
  try {
    if (existing == Existing::overwrite) {
      remove_run(directory);
    } else if (existing == Existing::refuse && !fs::is_empty(directory)) {
      throw InvalidArgument(concat("--output ", directory.string(),
                                   ": got a directory that is not empty, expected a new or empty "
                                   "one; go on with --resume or start anew with --overwrite"));
    } else if (existing == Existing::resume) {
      if (fs::exists(directory / kManifestName)) {
        check_manifest(directory / kManifestName, made);
        found.finished = true;
        return found;
      }
      found.parts = whole_parts(directory, made, batch_size);
      remove_unfinished(directory, found.parts);
    }
  } catch (const fs::filesystem_error& error) {
    throw InvalidArgument(
        concat("--output ", directory.string(), ": cannot be used: ", error.code().message()));
  }
  return found;
}

}  // namespace seqfeat::run
