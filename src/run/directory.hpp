// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "run/lock.hpp"
#include "run/manifest.hpp"
#include "run/part.hpp"
#include "run/part_proof.hpp"
#include "run/plan.hpp"

namespace seqfeat::run {

/// The directory that a run writes. No other run may use it meanwhile. A file is replaced or
/// removed only if a manifest or its own metadata show that a run wrote it.
class OutputDirectory {
 public:
  /// Creates the directory or finds what an earlier run left in it. Nothing is removed yet.
  ///
  /// Throws   InvalidArgument if the path is not a directory, is in use, holds a foreign file under
  ///          a name that the run needs, holds what `plan.options.existing` does not allow, or was
  ///          made from something else; IoError.
  OutputDirectory(const RunPlan& plan, const Metadata& made);

  /// The run that is finished already, if there is nothing left to do.
  [[nodiscard]] const std::optional<OldRun>& finished() const noexcept { return finished_; }

  /// The part made from `source` if it is there already and is kept.
  ///
  /// Throws   InvalidArgument if it was made from other input.
  [[nodiscard]] std::optional<PartInfo> kept(const PartSource& source) const;

  /// The counts that the parts found say: of all parts, or of one (zeros if it is missing).
  [[nodiscard]] PartCounts counted() const;
  [[nodiscard]] PartCounts counted(std::int64_t index) const;

  /// Writes a part. Before the first one the old run is removed. Several threads may call it at
  /// once. Returns nothing if the run was stopped before.
  [[nodiscard]] std::optional<PartInfo> write(const Part& part);

  /// Ends the run of `parts` parts and `rows` rows: removes further parts of an earlier run, writes
  /// the lines of `rejected`, if given, and the manifest last.
  ///
  /// Throws   InvalidArgument if a further part was made from input that is no longer there.
  void finish(const std::string& manifest, std::int64_t parts, std::int64_t rows,
              const std::optional<std::string>& rejected);

  /// Ends the run with what another one made: moves the parts of the finished run in `other` here,
  /// its `rejected.jsonl` if it left out records, and its manifest last. `other` is a folder of the
  /// same file system, into which nobody writes any more.
  ///
  /// Throws   DataError if no run is finished there, or if it has parts under other names or of
  ///          another form than this one; IoError.
  OldRun publish(const std::filesystem::path& other);

 private:
  void take_over(const Metadata& made);
  void check_finished(const OldRun& old, const Metadata& made);
  void check_same_as_before(const PartInfo& part) const;
  void remove_leftovers();
  static void remove(const std::filesystem::path& file);

  /// Removes a part, and what stands beside it.
  void remove_part(std::int64_t index) const;

  const RunPlan& plan_;
  const std::filesystem::path path_;
  const std::string ending_;  ///< Of the parts that are written.
  std::optional<DirectoryLock> lock_;
  std::optional<OldRun> finished_;
  std::vector<PartInfo> old_files_;  ///< Parts of a finished run that lacks some of them.
  std::map<std::int64_t, Metadata> old_parts_;    ///< Metadata of the parts of a run that goes on.
  std::vector<std::filesystem::path> leftovers_;  ///< Removed before the first new part appears.
  std::once_flag leftovers_removed_;
};

}  // namespace seqfeat::run
