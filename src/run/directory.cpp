// SPDX-License-Identifier: Apache-2.0
#include "run/directory.hpp"

#include <algorithm>
#include <fstream>
#include <sstream>
#include <system_error>
#include <utility>

#include "backend/concat.hpp"
#include "backend/text.hpp"
#include "io/atomic_file.hpp"
#include "io/directory.hpp"
#include "run/part_proof.hpp"
#include "run/rejected.hpp"
#include "run/text.hpp"
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
  try {
    create_directories_synced(directory);
  } catch (const fs::filesystem_error& refused) {
    const std::string what =
        concat("--output ", directory.string(), ": cannot be created: ", refused.path1().string(),
               ": ", refused.code().message());
    if (refused.code() == std::errc::no_space_on_device) throw IoError(what);
    throw InvalidArgument(what + "; choose another directory");
  }
}

/// The part whose proof is called so; nothing for other names.
std::optional<std::string> part_of_proof(const std::string& name) {
  const std::string_view ending = ending_of(name);
  if (name.size() <= ending.size()) return std::nullopt;
  std::string part = name.substr(1, name.size() - ending.size() - 1);
  if (part_index(part) && proof_name(part) == name) return part;
  return std::nullopt;
}

/// Whether `name` is that of a temporary file, which a killed run may have left.
bool is_temporary(const std::string& name) {
  const auto file = AtomicFile::name_behind(name);
  return file && (part_index(*file) || part_of_proof(*file) || *file == kManifestName ||
                  *file == kRejectedName);
}

/// Whether a run wrote this `rejected.jsonl`.
bool holds_rejected(const fs::path& file) {
  std::ifstream stream(file);
  std::ostringstream text;
  text << stream.rdbuf();
  return is_rejected_lines(text.str());
}

[[noreturn]] void refuse_foreign(const fs::path& file) {
  throw InvalidArgument(concat(file.string(),
                               ": got a file that is not shown to be a run's own under a name that "
                               "the run needs; move it away or choose another directory"));
}

}  // namespace

OutputDirectory::OutputDirectory(const RunPlan& plan, const Metadata& made)
    : plan_(plan),
      path_(plan.options.output),
      ending_(plan.options.form == nullptr ? kPartEndings.front() : plan.options.form->ending()) {
  try {
    create(path_);
    lock_.emplace(path_, plan.options.warn);
    const auto is_lock = [](const auto& entry) { return entry.path().filename() == kLockName; };
    const bool empty = std::all_of(fs::directory_iterator(path_), {}, is_lock);
    if (empty) return;
    if (plan.options.existing == Existing::refuse) {
      throw InvalidArgument(
          concat("--output ", path_.string(),
                 ": got a directory that is not empty, expected a new or empty one; ",
                 plan.options.publish.empty() ? "go on with --resume or " : "",
                 "start anew with --overwrite"));
    }
    take_over(made);
  } catch (const fs::filesystem_error& error) {
    throw InvalidArgument(
        concat("--output ", path_.string(), ": cannot be used: ", error.code().message()));
  }
}

/// Finds out what of the directory is an earlier run's, and what becomes of it.
void OutputDirectory::take_over(const Metadata& made) {
  const bool resume = plan_.options.existing == Existing::resume;
  const fs::path manifest = path_ / kManifestName;
  std::optional<OldRun> old;
  if (fs::exists(fs::symlink_status(manifest))) {
    old = read_manifest(manifest);
    if (!old) refuse_foreign(manifest);
    leftovers_.push_back(manifest);  // goes first: a run without it is unfinished
  }
  const auto is_listed = [&old](const std::string& name) {
    return old && std::any_of(old->parts.begin(), old->parts.end(),
                              [&](const PartInfo& part) { return part.file == name; });
  };
  for (const auto& entry : fs::directory_iterator(path_)) {
    const std::string name = entry.path().filename().string();
    const auto index = part_index(name);
    const bool other_form = index && ending_of(name) != ending_;
    const bool needed = (index && !other_form) || name == kRejectedName;
    if (other_form && !is_listed(name) && !read_part_header(entry.path())) continue;
    if (part_of_proof(name) && !resume) leftovers_.push_back(entry.path());
    if (!index && !needed && !is_temporary(name)) continue;
    if (!entry.is_regular_file()) {
      if (needed) refuse_foreign(entry.path());
      continue;
    }
    if (!index) {
      const bool ours = !needed || (old && old->skips) || holds_rejected(entry.path());
      if (!ours) refuse_foreign(entry.path());
      leftovers_.push_back(entry.path());
      continue;
    }
    auto header = read_part_header(entry.path());
    if (!header && !is_listed(name)) refuse_foreign(entry.path());
    if (!resume) {
      leftovers_.push_back(entry.path());
    } else if (other_form) {
      throw InvalidArgument(concat(entry.path().string(), ": made with output_format ",
                                   ending_of(name), ", expected ", ending_,
                                   "; --resume needs what the run began with, --overwrite starts "
                                   "anew"));
    } else if (header) {
      // A damaged part is made again, whatever its metadata say.
      const bool same_form = header->metadata.at(kFormKey) == made.at(kFormKey);
      if (header->intact || !same_form) check_same(made, header->metadata, entry.path().string());
      if (header->intact) old_parts_.emplace(*index, std::move(header->metadata));
    }
  }
  if (resume && old) check_finished(*old, made);
}

/// A finished run must have been made from the same. If all its parts are there, it is kept.
void OutputDirectory::check_finished(const OldRun& old, const Metadata& made) {
  const std::string manifest = (path_ / kManifestName).string();
  check_same(made, old.made_from, manifest);
  std::vector<std::string> inputs;
  for (const InputFile& file : plan_.read.input.files) inputs.push_back(file.base_name());
  if (inputs != old.inputs) {
    const auto [now, then] =
        std::mismatch(inputs.begin(), inputs.end(), old.inputs.begin(), old.inputs.end());
    throw InvalidArgument(
        concat(manifest, ": a finished run over ", old.inputs.size(), " files: got ",
               now == inputs.end() ? "no file" : *now, " in the place of ",
               then == old.inputs.end() ? "no file" : *then,
               ", expected the same files; write further ones to another directory"));
  }
  const bool whole = std::all_of(old.parts.begin(), old.parts.end(), [&](const auto& part) {
    std::error_code error;
    return fs::file_size(path_ / part.file, error) == static_cast<std::uintmax_t>(part.bytes) &&
           !error;
  });
  const bool noted = !old.skips || fs::exists(path_ / kRejectedName);
  if (whole && noted) {
    finished_ = old;
  } else {
    old_files_ = old.parts;
  }
}

/// A part of a finished run that is made again must have the bytes that the manifest says.
void OutputDirectory::check_same_as_before(const PartInfo& part) const {
  for (const PartInfo& old : old_files_) {
    if (old.file != part.file || (old.bytes == part.bytes && old.crc32c == part.crc32c)) continue;
    throw InvalidArgument(concat((path_ / part.file).string(),
                                 ": got other input: made again it has other bytes than in the "
                                 "finished run; --overwrite starts anew"));
  }
}

PartCounts OutputDirectory::counted(std::int64_t index) const {
  const auto found = old_parts_.find(index);
  return found == old_parts_.end() ? PartCounts{} : counts_of(found->second);
}

PartCounts OutputDirectory::counted() const {
  PartCounts all;
  for (const auto& [index, metadata] : old_parts_) {
    all.rows += counts_of(metadata).rows;
    all.tokens += counts_of(metadata).tokens;
  }
  return all;
}

std::optional<PartInfo> OutputDirectory::kept(const PartSource& source) const {
  const auto found = old_parts_.find(source.index);
  if (found == old_parts_.end()) return std::nullopt;
  return proven_part(path_, source, found->second, ending_, plan_.read.batch_size);
}

std::optional<PartInfo> OutputDirectory::write(const Part& part) {
  const RunOptions& options = plan_.options;
  return write_part(path_, part, options.emit, options.keep, plan_.made_from, options.form.get(),
                    [this](const PartInfo& info) {
                      check_same_as_before(info);
                      remove_leftovers();
                    });
}

void OutputDirectory::remove_leftovers() {
  std::call_once(leftovers_removed_, [this] {
    for (const fs::path& file : leftovers_) remove(file);
  });
}

void OutputDirectory::finish(const std::string& manifest, std::int64_t parts, std::int64_t rows,
                             const std::optional<std::string>& rejected) {
  for (auto old = old_parts_.lower_bound(parts); old != old_parts_.end(); ++old) {
    if (counts_of(old->second).first_row < rows) continue;
    refuse_other_input((path_ / part_name(old->first, ending_)).string(), old->second["inputs"],
                       "");
  }
  remove_leftovers();
  for (auto old = old_parts_.lower_bound(parts); old != old_parts_.end(); ++old) {
    remove_part(old->first);
  }
  const auto write = [this](const char* name, const std::string& text) {
    AtomicFile file(path_ / name);
    file.write(text);
    file.commit();
  };
  if (rejected) write(kRejectedName, *rejected);
  write(kManifestName, manifest);
}

OldRun OutputDirectory::publish(const fs::path& other) {
  const fs::path manifest = other / kManifestName;
  auto run = read_manifest(manifest);
  if (!run) throw DataError({.file = manifest.string()}, "is no manifest of a run");
  for (std::size_t i = 0; i < run->parts.size(); ++i) {
    const std::string& got = run->parts[i].file;
    const std::string expected = part_name(static_cast<std::int64_t>(i), ending_);
    if (got == expected) continue;  // so that no name leads out of the folder
    throw DataError({.file = manifest.string()},
                    concat("got a part ", run::quoted(got), ", expected ", run::quoted(expected)));
  }
  const auto move = [&](const std::string& name) {
    std::error_code error;
    fs::rename(other / name, path_ / name, error);
    if (!error) return;
    throw IoError(concat((other / name).string(), ": cannot be moved to ", path_.string(), ": ",
                         error.message()));
  };
  const auto sync = [this] {
    if (const int reason = sync_entry(path_ / kManifestName)) {
      throw IoError(concat(path_.string(), ": cannot sync: ", detail::system_reason(reason)));
    }
  };
  remove_leftovers();
  for (const PartInfo& part : run->parts) {
    if (ending_ != kPartEndings.front()) move(proof_name(part.file));
    move(part.file);
  }
  if (run->skips) move(kRejectedName);
  sync();  // no disk has the manifest without the parts
  move(kManifestName);
  sync();
  return *std::move(run);
}

void OutputDirectory::remove_part(std::int64_t index) const {
  const std::string name = part_name(index, ending_);
  remove(path_ / name);
  if (ending_ != kPartEndings.front()) remove(path_ / proof_name(name));
}

void OutputDirectory::remove(const fs::path& file) {
  std::error_code error;
  fs::remove(file, error);
  if (error) throw IoError(concat(file.string(), ": cannot be removed: ", error.message()));
}

}  // namespace seqfeat::run
