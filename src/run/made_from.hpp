// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "run/options.hpp"
#include "run/table_hashes.hpp"

// What a part was made from, so that --resume can tell whether the run may go on.

namespace seqfeat::run {

/// Names and values, as in the `__metadata__` of every part and in the manifest.
using Metadata = std::map<std::string, std::string>;

inline constexpr const char* kFormKey = "seqfeat";  ///< Its value is the form of the part.
inline constexpr const char* kTablesKey = "tables";

/// All options of a run that determine the bytes of its parts, and the hashes of its tables. The
/// input of a part is noted in the part alone.
class MadeFrom {
 public:
  MadeFrom(const RunOptions& options, InputFormat format, std::shared_ptr<TableHashes> tables);

  /// All of it with zeros in place of the hashes of tables: as long as `complete`.
  [[nodiscard]] const Metadata& draft() const noexcept { return draft_; }

  /// All of it. Waits for the hashes; nothing if the run was stopped before.
  [[nodiscard]] std::optional<Metadata> complete() const;

 private:
  std::shared_ptr<TableHashes> tables_;
  Metadata draft_;
};

/// Throws InvalidArgument naming the first difference of `found`, at `place`, from `expected`.
void check_same(const Metadata& expected, const Metadata& found, const std::string& place);

}  // namespace seqfeat::run
