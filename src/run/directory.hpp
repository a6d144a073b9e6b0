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

/// The directory that a run writes, which it has for itself. Files that are not shown to be a run's
/// own, by a manifest or by their metadata, are never touched.
class OutputDirectory {
 public:
  /// Creates the directory or finds what an earlier run left in it. Nothing is removed yet.
  ///
  /// Throws   InvalidArgument if the directory is not one, is in use, holds a foreign file under a
  ///          name that the run needs or something that `plan.options.existing` does not allow for,
  ///          or was made from something else; IoError.
  OutputDirectory(const RunPlan& plan, const Metadata& made);

  /// The run that is finished already, if there is nothing left to do.
  [[nodiscard]] const std::optional<OldRun>& finished() const noexcept { return finished_; }

  /// A part that is there already and is kept.
  ///
  /// Throws   InvalidArgument if it was made from other input.
  [[nodiscard]] std::optional<PartInfo> kept(const PartSource& source) const;

  /// What the parts that were found say of their rows: of all, or of one, which may be none.
  [[nodiscard]] PartCounts counted() const;
  [[nodiscard]] PartCounts counted(std::int64_t index) const;

  /// Writes a part, before the first of which the old run goes; by several threads at once. Nothing
  /// comes back if the run was stopped before.
  [[nodiscard]] std::optional<PartInfo> write(const Part& part);

  /// Ends the run: removes parts of an earlier one that are none of these `parts` with `rows` rows,
  /// and writes the records that were left out, if they may be, and the manifest, last.
  ///
  /// Throws   InvalidArgument if such a part was made from input that is no longer there.
  void finish(const std::string& manifest, std::int64_t parts, std::int64_t rows,
              const std::optional<std::string>& rejected);

 private:
  void take_over(const Metadata& made);
  void check_finished(const OldRun& old, const Metadata& made);
  void check_same_as_before(const PartInfo& part) const;
  void remove_leftovers();
  static void remove(const std::filesystem::path& file);

  const RunPlan& plan_;
  const std::filesystem::path path_;
  std::optional<DirectoryLock> lock_;
  std::optional<OldRun> finished_;
  std::vector<PartInfo> old_files_;               ///< Of a finished run that lacks some of them.
  std::map<std::int64_t, Metadata> old_parts_;    ///< Of a run that goes on.
  std::vector<std::filesystem::path> leftovers_;  ///< Go before the first new part appears.
  std::once_flag leftovers_removed_;
};

}  // namespace seqfeat::run
