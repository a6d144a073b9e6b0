// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "run/part.hpp"

// Decides which parts of an earlier run are kept and which are made again.

namespace seqfeat::run {

/// What the header of a part says.
struct PartHeader {
  Metadata metadata;
  bool intact = false;  ///< Its CRC is the one that it says.
};

/// Reads the header of a part, or its proof, if it is of another form; the file may be cut behind
/// it. Nothing if that is no safetensors file or no run wrote it.
[[nodiscard]] std::optional<PartHeader> read_part_header(const std::filesystem::path& file);

/// The rows and tokens of a part by its metadata.
struct PartCounts {
  std::int64_t rows = 0;
  std::int64_t tokens = 0;
  std::int64_t first_row = 0;
};
[[nodiscard]] PartCounts counts_of(const Metadata& metadata);

/// Throws   InvalidArgument: the part `file` was made from `got`, in whose place there is
/// `expected`
///          now; either may be empty: nothing more.
[[noreturn]] void refuse_other_input(const std::string& file, std::string_view got,
                                     std::string_view expected);

/// Reads the whole part `source.index`, checks its bytes against its metadata, and the metadata
/// against `source`. Nothing if the part must be made again: it is damaged, or it was the last,
/// short part of an input that has grown.
///
/// Throws   InvalidArgument naming the first input in which it was made from something else.
[[nodiscard]] std::optional<PartInfo> proven_part(const std::filesystem::path& directory,
                                                  const PartSource& source,
                                                  const Metadata& metadata, std::string_view ending,
                                                  std::int64_t batch_size);

}  // namespace seqfeat::run
