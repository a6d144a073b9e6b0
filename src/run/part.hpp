// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "run/emit_set.hpp"
#include "run/made_from.hpp"
#include "seqfeat/batch.hpp"
#include "seqfeat/example.hpp"
#include "seqfeat/layer_options.hpp"

namespace seqfeat::run {

/// A batch on its way to a file.
struct Part {
  std::int64_t index = 0;
  std::int64_t first_row = 0;
  std::int64_t tokens = 0;
  std::uint32_t input_crc32c = 0;  ///< Of the bytes of its rows.
  std::vector<std::vector<Scalar>> kept{};
  std::unique_ptr<Batch> batch{};
  std::int64_t bytes = 0;  ///< Of its values: what it takes of the budget.
};

/// What the manifest says of a part.
struct PartInfo {
  std::string file;
  std::int64_t first_row = 0;
  std::int64_t rows = 0;
  std::int64_t tokens = 0;
  std::int64_t bytes = 0;
  std::uint32_t crc32c = 0;
  std::uint32_t input_crc32c = 0;
};

/// "part-00000.safetensors".
[[nodiscard]] std::string part_name(std::int64_t index);

/// Gives every NaN the bits 0x7fc00000, so that no processor's own shows in a file. `side` is where
/// the padding stands, which holds none.
void unify_nans(const Batch& batch, PaddingSide side);

/// Writes a part, whole or not at all.
///
/// Throws   IoError naming the file and the system's reason.
[[nodiscard]] PartInfo write_part(const std::filesystem::path& directory, const Part& part,
                                  const EmitSet& emit, const std::vector<std::string>& keep,
                                  const MadeFrom& made);

/// Reads back what `write_part` said of the file `part_name(index)`; nothing if it is missing or
/// not whole.
///
/// Throws   InvalidArgument if it was made from something else.
[[nodiscard]] std::optional<PartInfo> read_part(const std::filesystem::path& directory,
                                                std::int64_t index, const MadeFrom& made);

}  // namespace seqfeat::run
