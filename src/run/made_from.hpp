// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "run/options.hpp"
#include "run/table_hashes.hpp"

// What a part was made from, so that --resume can tell whether going on makes sense.

namespace seqfeat::run {

/// Names and values, as they stand in the `__metadata__` of every part and in the manifest.
using Metadata = std::map<std::string, std::string>;

inline constexpr const char* kFormKey = "seqfeat";  ///< Its value is the form of the part.
inline constexpr const char* kTablesKey = "tables";

/// The options of a run and what its tables hold, in so far as the parts' bytes follow from them.
/// What a part has consumed of the input stands in the part alone.
class MadeFrom {
 public:
  MadeFrom(const RunOptions& options, InputFormat format, std::shared_ptr<TableHashes> tables);

  /// All of it, with zeros for what the hashes of tables will be: of the same size as `complete`.
  [[nodiscard]] const Metadata& draft() const noexcept { return draft_; }

  /// All of it. Waits for the hashes; nothing if the run was stopped before they were there.
  [[nodiscard]] std::optional<Metadata> complete() const;

 private:
  std::shared_ptr<TableHashes> tables_;
  Metadata draft_;
};

/// Throws InvalidArgument naming the first thing in which `found`, at `place`, differs from
/// `expected`.
void check_same(const Metadata& expected, const Metadata& found, const std::string& place);

}  // namespace seqfeat::run
